/** The inspector cannot tell what these bytes mean to the receiver, so they do not pass. */
export class Unreadable extends Error {}
