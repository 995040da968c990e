/** The level that the server asks for, followed as Serilog's ControlledLevelSwitch does. */

import { type LevelSwitch, parseRank } from "../event/level.ts";

/** Follows the `MinimumLevelAccepted` of Seq's replies: in a switch that others read as well, or for one handler alone. */
export class ServerLevel {
  readonly #steersOther: boolean;
  #given: LevelSwitch | undefined;
  #own: LevelSwitch | undefined;
  /** What the switch was at before the server first said something. */
  #original: { readonly rank: number | undefined } | undefined;

  /** @param steersOther Whether the server steers a switch that is handed in; otherwise a private one is made when the server first names a level. */
  constructor(steersOther = false) {
    this.#steersOther = steersOther;
  }

  /** Hands in the switch that the server steers, where it steers one. */
  steer(given: LevelSwitch): void {
    if (this.#steersOther) this.#given = given;
  }

  /** Whether the server steers, so that it has to be asked even when there is nothing to send. */
  get isActive(): boolean {
    return this.#steersOther || this.#own !== undefined;
  }

  /** The rank of the least severe level that the handler itself lets pass. */
  get rank(): number {
    return this.#own?.rank ?? 0;
  }

  /** Whether the handler itself lets an event of that rank pass. */
  accepts(rank: number): boolean {
    return rank >= this.rank;
  }

  /** Takes what a successful reply says; null goes back to the level before. */
  update(level: string | null): void {
    const rank = level === null ? undefined : parseRank(level);
    const given = this.#given;
    if (rank === undefined) {
      if (level !== null || this.#original === undefined) return; // a word that is no level says nothing
      if (given !== undefined) given.rank = this.#original.rank;
      else if (this.#own !== undefined) this.#own.rank = this.#original.rank;
      return;
    }
    const target = given ?? (this.#own ??= { rank: 0 });
    this.#original ??= { rank: target.rank };
    if (target.rank !== rank) target.rank = rank;
  }
}
