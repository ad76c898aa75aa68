/** The beginning of the names of all variables that the lab gives to somebody else's box. */
const prefix = 'NIMSFW';

/** What somebody else's box is told: variables of its environment, and the files whose paths some of them have. */
export interface Told {
  readonly environment: Record<string, string>;
  /** Content by name, relative to the box's folder. */
  readonly files: Record<string, string>;
}

/** The file with the whole configuration, for a box that would rather read JSON. */
const configFile = 'config.json';

/**
 * Tells a configuration in the environment. A field `imsCore.port` is `NIMSFW_IMS_CORE_PORT`; a list of words or numbers
 * has a space between two; a text of several lines, such as a certificate, and a list of anything else is a file, and the
 * variable has its path. Fields that are absent have no variable.
 *
 * @param config of the box's place, which fits the schema there
 * @param folder of the node
 */
export function told(config: unknown, folder: string): Told {
  const environment: Record<string, string> = { [`${prefix}_FOLDER`]: folder };
  const files: Record<string, string> = { [configFile]: `${JSON.stringify(config, null, 2)}\n` };
  environment[`${prefix}_CONFIG`] = `${folder}/${configFile}`;
  const tell = (path: readonly string[], value: unknown): void => {
    const inFile = (ending: string, content: string): void => {
      const file = `${path.map(kebab).join('-')}.${ending}`;
      files[file] = content;
      environment[variable(path)] = `${folder}/${file}`;
    };
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) {
      if (value.every(isWord)) environment[variable(path)] = value.join(' ');
      else inFile('json', `${JSON.stringify(value, null, 2)}\n`);
    } else if (typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) tell([...path, key], inner);
    } else if (typeof value === 'string' && value.includes('\n')) inFile('pem', value);
    else environment[variable(path)] = typeof value === 'string' ? value : JSON.stringify(value);
  };
  tell([], config);
  return { environment, files };
}

const isWord = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && !/\s/.test(value));

const variable = (path: readonly string[]): string =>
  [prefix, ...path.map((key) => kebab(key).replaceAll('-', '_').toUpperCase())].join('_');

/** `imsCore` is `ims-core`. */
const kebab = (key: string): string => key.replace(/(?<=[a-z0-9])[A-Z]/g, '-$&').toLowerCase();
