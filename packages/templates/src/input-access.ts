/** The part of `TemplateInput` about who may ask for anything at all. */

/** A list of users and passwords that httpd looks at, or scripts that are asked about each request. */
export type AccessInput =
  | {
      readonly kind: 'file';
      /** Shown by browsers when they ask for a password. */
      readonly realm: string;
      /** As htpasswd writes it; httpd's children read it. */
      readonly userFile: string;
    }
  | {
      readonly kind: 'scripts';
      /** The bridge's FastCGI socket for questions about access, at most 95 bytes. */
      readonly socketPath: string;
      /** Whether users are asked who they are, or only where they come from counts. */
      readonly asksForPasswords: boolean;
    };
