import { baseImage } from './base-name';
import { imageLabels, programFolder, type ImageDefinition } from './image-definitions';

/** The user of programs that need no other user, in every image with such a program. */
export const ownUser = { name: 'nimsfw', uid: 10001, gid: 10001 };

/** Returns the user of an image's programs. */
export function userOf({ user }: Pick<ImageDefinition, 'user'>): {
  readonly uid: number;
  readonly gid: number;
} {
  if (user === 'own') return { uid: ownUser.uid, gid: ownUser.gid };
  return 'uid' in user ? { uid: user.uid, gid: user.gid } : { uid: 0, gid: 0 };
}

/** Returns the line of a Dockerfile that labels an image. */
export function labelsOf({
  name,
  title,
  description,
}: Pick<ImageDefinition, 'name' | 'title' | 'description'>): string {
  const labels = {
    'org.opencontainers.image.title': title,
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.base.name': baseImage,
    [imageLabels.kind]: name,
  };
  const label = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `LABEL ${label.join(' \\\n      ')}`;
}

/**
 * Returns the Dockerfile of an image. An image with the lab's own programs gets `bin/` and `app/` of the build
 * context.
 */
export function dockerfileOf(image: ImageDefinition): string {
  const { packages, own, user } = image;
  const { uid, gid } = userOf(image);
  const lines = [
    `FROM ${baseImage}`,
    // This step comes first, so that images with Node share the layer.
    ...(own ? ['COPY bin /usr/local/bin'] : []),
    labelsOf(image),
    [
      'RUN apt-get update -q',
      `apt-get install -qy --no-install-recommends ${packages.join(' ')}`,
      'rm -rf /var/lib/apt/lists/* /var/cache/apt/*',
      ...(user === 'own'
        ? [`useradd --system --uid ${uid} --user-group --no-create-home --shell /bin/sh ${ownUser.name}`]
        : []),
    ].join(' \\\n && '),
    ...(own ? [`COPY app ${programFolder}`] : []),
    // The number of the user needs no lookup in the image. Docker lets every user open ports below 1024 inside
    // a container's own network (since Engine 20.10).
    ...(uid === 0 ? [] : [`USER ${uid}:${gid}`]),
    'CMD ["sleep", "infinity"]',
  ];
  return `${lines.join('\n')}\n`;
}
