/** Decides all limits of what an event may hold; every module that reads foreign values applies them. */

/** How deeply objects are followed. */
export const maxDepth = 10;
/** How many causes of one error are followed. */
export const maxCauses = 50;
/** How many entries of one object, list, map or set are written. */
export const maxEntries = 1000;
/** How many characters of one text are written. */
export const maxTextLength = 65_536;
/** The size limit of one event: each character of a text or name counts 1, and each value {@linkcode valueSize}. */
export const maxEventSize = 1_048_576;
/**
 * The reserved part of {@linkcode maxEventSize}: for the event's error if its properties use up the rest, and for the properties of a
 * logger, a context, a handler or the whole process.
 */
export const maxErrorSize = 524_288;
export const leastLayerSize = 65_536;
/** The size of a value in addition to its characters. */
export const valueSize = 10;
/** Up to this number of properties, short values are not counted, because together they are small. */
export const maxUncounted = 32;
/** Up to this length a text is short. */
export const shortLength = 40;
/** How many bytes of binary data are written. */
export const maxBytes = 1024;
/** The greatest length of a property's name. */
export const maxNameLength = 1024;
/** How many characters of an object a message or a text handler shows. */
export const maxObjectText = 10_000;
/** How many characters of a template are searched for holes; the rest is text. */
export const maxTemplateLength = 65_536;
/** How many characters the rendered holes of one event may have, in its message and in `@r`. */
export const maxRenderedLength = 262_144;
/** The greatest width of an alignment. */
export const maxPadding = 1000;
/** The greatest length of a .NET format: a longer one is expensive for every event, and toFixed accepts at most 100 decimals. */
export const maxFormatLength = 99;
/** How many characters of a text from outside a message shows. */
export const maxShownLength = 200;
/** The range of .NET's decimal; Seq has rejected numbers beyond it. */
export const maxNumber = 7.9e28;
