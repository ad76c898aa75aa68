import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { UeConfig } from '../protocol';
import { UeDriver } from '../ue-driver';
import { ueNode } from '../ue-node';
import type { TestFolder } from './folder';

/** The UE as a program with its driver, like in the lab. */
export class TestUe implements AsyncDisposable {
  readonly driver: UeDriver;
  stderr = '';
  private readonly process;

  /** @param name name of the configuration file in the folder, so that several UEs can be started */
  constructor(folder: TestFolder, config: UeConfig, name = 'ue') {
    // The last word is the name that its configuration has in the lab.
    const [program = '', ...args] = ueNode.command(config, folder.path).slice(0, -1);
    const file = folder.file(`${name}.json`);
    const content = ueNode.files(config, folder.path)['ue.json'];
    writeFileSync(file, content ?? '');
    this.process = spawn(program, [...args, file]);
    this.process.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('utf8')));
    this.driver = new UeDriver(this.process);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((done) => this.process.once('exit', done));
    if (this.process.exitCode !== null) return;
    // The program ends when its input does.
    this.process.stdin.end();
    await gone;
  }
}
