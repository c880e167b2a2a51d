# docker build -t zarr-gateway . && docker run --rm -p 9000:9000 -v "$PWD/data:/data:ro" zarr-gateway
ARG NODE_IMAGE=node:24-bookworm-slim

# the package as it would be published: a bundle, and its dependencies as ordinary packages
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN node scripts/setup.mjs && node scripts/build.ts --pack /src/package.tgz

FROM ${NODE_IMAGE} AS install
WORKDIR /app
COPY --from=build /src/package.tgz /tmp/package.tgz
RUN npm init -y >/dev/null && npm install --omit=dev --no-audit --no-fund /tmp/package.tgz && npm cache clean --force

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=install /app/node_modules ./node_modules
USER node
VOLUME /data
EXPOSE 9000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9000/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/node_modules/zarr-gateway/bin/zarr-gateway.js"]
CMD ["serve", "/data", "--host", "0.0.0.0", "--port", "9000"]
