/** The part of `TemplateInput` about who may ask for anything at all. */

/** A list of users and passwords that httpd looks at. */
export interface UserFileInput {
  readonly kind: 'file';
  /** Shown by browsers when they ask for a password. */
  readonly realm: string;
  /** As htpasswd writes it; httpd's children read it. */
  readonly userFile: string;
}

/** Who decides about every request. */
export type AccessInput = UserFileInput;
