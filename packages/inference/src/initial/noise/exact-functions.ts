/*
 * Functions made of +, −, ×, ÷ and √ of doubles alone, which give the same bits on every machine, while `Math.exp` and
 * `Math.sin` need not.
 */

/** e^−x for x ≥ 0. */
export function exponentialDecay(x: number): number {
  let [small, halvings] = [x, 0];
  while (small > 0.5) {
    small /= 2;
    halvings += 1;
  }
  let sum = 1;
  for (let k = 20; k >= 1; k -= 1) sum = 1 - (sum * small) / k;
  for (let time = 0; time < halvings; time += 1) sum *= sum;
  return sum;
}

/** Taylor's series for up to an eighth of a turn on either side of the nearest quarter. */
export function cosineAndSine(degrees: number): { readonly cosine: number; readonly sine: number } {
  const nearest = Math.round(degrees / 90);
  const angle = ((degrees - 90 * nearest) * Math.PI) / 180;
  const z = angle * angle;
  let [sine, cosine] = [1, 1];
  for (let k = 18; k >= 2; k -= 2) sine = 1 - (sine * z) / (k * (k + 1));
  for (let k = 17; k >= 1; k -= 2) cosine = 1 - (cosine * z) / (k * (k + 1));
  sine *= angle;
  const quarter = nearest - 4 * Math.floor(nearest / 4);
  if (quarter === 0) return { cosine, sine };
  if (quarter === 1) return { cosine: -sine, sine: cosine };
  return quarter === 2 ? { cosine: -cosine, sine: -sine } : { cosine: sine, sine: -cosine };
}
