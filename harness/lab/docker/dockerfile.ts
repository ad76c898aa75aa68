import { baseImage } from './base-name';
import { imageLabels, programFolder, type ImageDefinition } from './image-definitions';

/** Who runs what needs no user of its own, in every image that has such a program. */
const ownUser = { name: 'nimsfw', uid: 10001, gid: 10001 };

/** Whom an image's programs run as. */
export function userOf({ user }: Pick<ImageDefinition, 'user'>): {
  readonly uid: number;
  readonly gid: number;
} {
  if (user === 'own') return { uid: ownUser.uid, gid: ownUser.gid };
  return 'uid' in user ? { uid: user.uid, gid: user.gid } : { uid: 0, gid: 0 };
}

/** The Dockerfile of an image. Where it has programs of ours, `bin/` and `app/` of the build context go into it. */
export function dockerfileOf(image: ImageDefinition): string {
  const { name, title, description, packages, own, user } = image;
  const labels = {
    'org.opencontainers.image.title': title,
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.base.name': baseImage,
    [imageLabels.kind]: name,
  };
  const label = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const { uid, gid } = userOf(image);
  const lines = [
    `FROM ${baseImage}`,
    // First, so that images with Node share the layer.
    ...(own ? ['COPY bin /usr/local/bin'] : []),
    `LABEL ${label.join(' \\\n      ')}`,
    [
      'RUN apt-get update -q',
      `apt-get install -qy --no-install-recommends ${packages.join(' ')}`,
      'rm -rf /var/lib/apt/lists/* /var/cache/apt/*',
      ...(user === 'own'
        ? [`useradd --system --uid ${uid} --user-group --no-create-home --shell /bin/sh ${ownUser.name}`]
        : []),
    ].join(' \\\n && '),
    ...(own ? [`COPY app ${programFolder}`] : []),
    // By number, so that it need not be looked up in the image. Docker opens ports below 1024 to everybody inside a
    // container's own network (since Engine 20.10).
    ...(uid === 0 ? [] : [`USER ${uid}:${gid}`]),
    'CMD ["sleep", "infinity"]',
  ];
  return `${lines.join('\n')}\n`;
}
