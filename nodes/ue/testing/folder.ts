import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for a test. Every user may enter it, because servers give up root. Disposing removes it. */
export class TestFolder implements Disposable {
  readonly path: string;

  /** @param parent the folder that it is made in */
  constructor(parent = tmpdir()) {
    this.path = mkdtempSync(join(parent, 'nimsfw-ue-test-'));
    chmodSync(this.path, 0o755);
  }

  /** Returns the full name of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
