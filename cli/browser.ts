/** Opens an address in the browser of this machine. */
/** False where no browser could be started. BROWSER names one, as elsewhere. */
export async function openBrowser(
  address: string,
  env: Record<string, string | undefined> = process.env,
  platform: string = process.platform,
): Promise<boolean> {
  // In the bundle, a static import would be loaded by every command.
  const { spawn } = await import('node:child_process');
  const [command = '', ...args] = env['BROWSER'] ? [env['BROWSER'], address] : opener(address, platform);
  return new Promise<boolean>((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function opener(address: string, platform: string): string[] {
  if (platform === 'darwin') return ['open', address];
  // The shell of Windows would take & for its own.
  return platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler', address] : ['xdg-open', address];
}
