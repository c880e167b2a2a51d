/** Takes places of the server's disk out of texts that others wrote: `/srv/results/a/b.nc` becomes `…/a/b.nc`. */
export type HidePlaces = (text: string) => string;

export function hidingPlaces(places: readonly string[]): HidePlaces {
  const longestFirst = [...new Set(places)].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((shown, place) => shown.replaceAll(place, "…"), text);
}
