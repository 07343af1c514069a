import { z } from 'zod';

/** How this terminal shows that it is itself, and how it knows the platform. Part of the terminal's configuration. */

/** RFC 9110, 5.5: a field value. One that no header carries would be told as a dead line at every request. */
const FIELD_VALUE = /^[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;
const token = z.string().min(1).max(4_096).regex(FIELD_VALUE, 'holds what a header cannot carry');
/** PEM. Relative to the folder that the core is started in. */
const file = z.string().min(1).max(4_096);

/** All terminals of a city start at eight, or when the power comes back: the platform meets them over five minutes. */
export const START_SPREAD_S = 5 * 60;

export const platformAuth = z.discriminatedUnion('kind', [
  /** `caFile`: the authorities that alone may vouch for the platform; absent: those of the public web. */
  z.strictObject({ kind: z.literal('token'), token, caFile: file.exactOptional() }),
  z.strictObject({ kind: z.literal('mtls'), certFile: file, keyFile: file, caFile: file }),
]);
export type PlatformAuth = z.infer<typeof platformAuth>;

export const platformConfiguration = z
  .strictObject({
    baseUrl: z.url({ protocol: /^https?$/ }),
    /** Short for `auth: { kind: 'token', token }`. */
    token: token.exactOptional(),
    auth: platformAuth.exactOptional(),
    /** Within so many seconds of its start the terminal first asks for commands and tells how it is; absent: `START_SPREAD_S`. */
    startSpreadS: z.int().min(0).max(3_600).exactOptional(),
  })
  .superRefine(({ baseUrl, token: short, auth }, context) => {
    if ((short === undefined) === (auth === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['auth'],
        message: 'one of "token" and "auth" is wanted, and only one',
      });
    }
    const needsTls = auth?.kind === 'mtls' || auth?.caFile !== undefined;
    if (needsTls && !baseUrl.startsWith('https:')) {
      context.addIssue({ code: 'custom', path: ['baseUrl'], message: 'certificates want an https address' });
    }
  });
export type PlatformConfiguration = z.infer<typeof platformConfiguration>;
