/** One server for a queue on disk, which keeps apart what is for different ones, wherever it is reached at the moment. */

/** Sends what is for http://seq.test to a URL. */
export function sameServer(url: string): typeof fetch {
  return (input, init) => fetch(String(input).replace("http://seq.test", url), init);
}
