import { z } from 'zod';

/** A line end in a word would begin another command. */
const word = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]+$/u, 'control characters are not allowed');

export const nutOptions = z
  .strictObject({
    /** The name in brackets in ups.conf, as `upsc -l` lists it. */
    ups: word,
    /** A user of upsd.users with `upsmon secondary`: upsd then counts this terminal among those that it waits for. */
    username: word.optional(),
    password: word.optional(),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: 'username and password come together, or not at all',
  });
export type NutOptions = z.output<typeof nutOptions>;
