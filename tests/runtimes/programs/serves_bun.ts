/** Serves by Bun.serve, half of it by a route, until SIGTERM. */

import { logRequests } from "../../../mod.ts";
import { answer, answerError, listening, logToSeq } from "./serving_work.ts";

declare const Bun: {
  serve(options: object): { readonly port: number; stop(isAtOnce: boolean): Promise<void> };
};

logToSeq();

const server = Bun.serve({
  port: 0,
  routes: { "/routes/:number": { POST: logRequests(answer) } },
  fetch: logRequests(answer),
  error: answerError, // outside of the wrapper, which has seen the error
});
listening(server.port, () => server.stop(true));
