import { optionalModule } from "./optional-module.ts";

/** Gives tokens of this machine's own identity of Microsoft Entra: managed, of a workload, or of the environment. */
export interface EntraIdentity {
  getToken(scope: string): Promise<{ readonly token: string } | null>;
}

/** @throws GatewayError unsupported when the SDK is not installed */
export async function entraIdentity(): Promise<EntraIdentity> {
  const { DefaultAzureCredential } = await optionalModule("@azure/identity", () => import("@azure/identity"));
  return new DefaultAzureCredential();
}
