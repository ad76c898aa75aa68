import type { Box, Command } from '../box';
import type { Place } from '../choices';
import { argvOf } from './command-box';
import { outsideBox } from './outside-box';

/**
 * Makes a box of a container image, on the docker backend. Its container has the rights and limits that the place's own
 * box has, and runs the image's own command unless another is given.
 *
 * @param reference by which the engine has it, such as `example/turn:1`
 */
export const imageBox = (place: Place, reference: string, command?: Command): Box =>
  outsideBox(
    place,
    reference,
    { from: 'image', reference, ...(command === undefined ? {} : { command }) },
    command === undefined ? [] : argvOf(command),
  );

/** Says whether a text has the form of a reference of the OCI distribution specification: name, tag and digest. */
export const isReference = (text: string): boolean =>
  /^[a-z0-9][\w.-]*(?::\d+)?(?:\/[a-z0-9][\w.-]*)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9]+:[0-9a-f]{32,})?$/.test(
    text,
  );
