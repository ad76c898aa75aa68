import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Boots Debian's kernel as a process (user-mode-linux), on the file system of this machine, and runs a program with Node
 * in it.
 * @returns what it printed
 * @throws Error that says which package is missing
 */
export async function inUserModeLinux(file: string, withinMs: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-uml-'));
  const init = join(folder, 'init');
  // The modules of this kernel lie where no modprobe looks, and it loads them by itself only through /proc/sys/kernel/modprobe.
  writeFileSync(
    init,
    `#!/bin/sh
export PATH=${process.env['PATH']} HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/modules/lib
ln -s /usr/lib/uml/modules /run/modules/lib/modules
printf '#!/bin/sh\\nexec modprobe -d /run/modules "$@"\\n' >/run/modprobe
chmod +x /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
PATH=$PATH:/sbin:/usr/sbin
command -v modprobe >/dev/null || echo "failed the program modprobe is not installed; install Debian's kmod"
${process.execPath} ${file}
perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc)'
`,
  );
  chmodSync(init, 0o755);
  const kernel = ['mem=768M', 'rootfstype=hostfs', 'rootflags=/', 'rw', 'quiet', `init=${init}`];
  try {
    return await new Promise<string>((resolve, reject) => {
      const consoles = ['con=null', 'con0=null,fd:1'];
      const child = execFile(
        'linux.uml',
        [...kernel, ...consoles],
        { timeout: withinMs },
        (error, printed) => {
          if ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT')
            reject(new Error("the program linux.uml is not installed; install Debian's user-mode-linux"));
          else if (error?.killed)
            reject(new Error(`it took more than ${withinMs} ms; it printed: ${printed}`));
          else resolve(printed);
        },
      );
      child.stdin!.end();
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
