/** The output of `httpd -V` → its compiled-in values by name: `HTTPD_ROOT`, `AP_TYPES_CONFIG_FILE`, …; flags without a value are left out. */
export function parseSettings(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [, name, quoted, bare] of text.matchAll(/^\s*-D (\w+)=(?:"([^"\n]*)"|(\S+))/gm)) {
    const value = quoted ?? bare;
    if (name !== undefined && value !== undefined) settings.set(name, value);
  }
  return settings;
}
