// The way in to install/, which is loaded only when something is installed: starting an app must not pay for it.
import type { HttpdBuild } from './httpd-build.ts';
import type { InstallOptions, InstallPrivateOptions } from './install/options.ts';

/**
 * Installs a private httpd from the distribution's signed archive, without root, beside any other, and makes it the current one.
 * Returns at once when a usable one is there. Throws ERR_HTTPD_DETECT_NO_INSTALLER, …_HOME_NOT_WRITABLE, …_INSTALL_FAILED.
 */
export async function installPrivateHttpd(options: InstallPrivateOptions): Promise<HttpdBuild> {
  const { installPrivate } = await import('./install/install-private.ts');
  return await installPrivate(options);
}

/**
 * Installs httpd with the system's package manager, as root or through `sudo -n`, never asking for a password.
 * Throws ERR_HTTPD_DETECT_NO_INSTALLER, …_NOT_PRIVILEGED (the hint is the command to run), …_INSTALL_FAILED.
 */
export async function installSystemHttpd(options: InstallOptions): Promise<HttpdBuild> {
  const { installSystem } = await import('./install/install-system.ts');
  return await installSystem(options);
}
