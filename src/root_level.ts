/** The root logger's level, for those who may steer it but stand below the tree. */

import { shared } from "./runtime/global_state.ts";

/** A level's rank that can be read and set; `undefined` where none is set. */
export interface LevelSwitch {
  rank: number | undefined;
}

/** The switch of the root; the tree puts its own in here. */
export const rootLevel = (): { switch: LevelSwitch | undefined } => shared("rootLevel", () => ({ switch: undefined }));
