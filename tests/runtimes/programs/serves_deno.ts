/** Serves by Deno.serve, until SIGTERM. */

import { logRequests } from "../../../mod.ts";
import { answer, answerError, listening, logToSeq } from "./serving_work.ts";

logToSeq();

const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {}, onError: answerError }, logRequests(answer));
listening(server.addr.port, () => server.shutdown());
