import { useRef, useState } from 'preact/hooks';

/** A command with a button that copies it, and says whether it did. */
export function CopyCommand({ command, label }: { command: string; label: string }) {
  const code = useRef<HTMLElement>(null);
  const [said, say] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(command);
      say('Copied.');
    } catch {
      // Some browsers give a page from disk no clipboard.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      say('Not copied: the browser does not allow it. It is selected, copy it by hand.');
    }
  };
  return (
    <div class="copy-command">
      <span class="copy-label">{label}</span>
      <code ref={code}>{command}</code>
      <button type="button" onClick={() => void copy()} aria-label={`Copy: ${label}`}>
        Copy
      </button>
      <span role="status" class="copy-said">
        {said}
      </span>
    </div>
  );
}
