/** The one set of limits on what an event may hold; every room that reads foreign values keeps to them. */

/** How deep objects are followed. */
export const maxDepth = 10;
/** How many causes of one error are followed: a chain of causes is long, not deep. */
export const maxCauses = 50;
/** How many entries of one object, list, map or set are written. */
export const maxEntries = 1000;
/** How many characters of one text are written. */
export const maxTextLength = 65_536;
/** How much all values of one event may hold together: each character of a text or a name counts 1, and each value {@linkcode valueSize}. */
export const maxEventSize = 1_048_576;
/**
 * Of that, what the error of an event may hold, also where its properties have used up the rest; and how much of the properties of a logger, a context,
 * a handler, or of all events remains in any case.
 */
export const maxErrorSize = 524_288;
export const leastLayerSize = 65_536;
/** What a value counts beside its characters. */
export const valueSize = 10;
/** Up to this number of properties, short values are not counted: together they are a small part of what one event may hold. */
export const maxUncounted = 32;
/** How many bytes of binary data are written. */
export const maxBytes = 1024;
/** How long the name of a property may be. */
export const maxNameLength = 1024;
/** How many characters an object takes where a template or a writer for people shows it. */
export const maxObjectText = 10_000;
/** How many characters of a template are searched for holes; the rest stands for itself. */
export const maxTemplateLength = 65_536;
/** How many characters the holes of one event may become, in its message and in its `@r`. */
export const maxRenderedLength = 262_144;
/** How far alignment pads a value. */
export const maxPadding = 1000;
/** How long a .NET format may be: a longer one would make every event expensive, and toFixed knows at most 100 decimals. */
export const maxFormatLength = 99;
/** How much of a text from outside a message for people shows. */
export const maxShownLength = 200;
/** .NET's decimal ends here; Seq has refused numbers beyond it. */
export const maxNumber = 7.9e28;
