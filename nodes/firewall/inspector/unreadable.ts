/** Bytes of which nobody can say what they mean to the receiver; they do not pass. */
export class Unreadable extends Error {}
