import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for a test that anybody may enter (servers give root up); gone when disposed of. */
export class TestFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'nimsfw-ue-test-'));

  constructor() {
    chmodSync(this.path, 0o755);
  }

  /** A file's full name. */
  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
