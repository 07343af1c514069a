/**
 * What no schema can say, as Markdown: it opens the document, and the page. One entry a section: heading, paragraphs.
 */
export const contract: readonly { readonly title: string; readonly paragraphs: readonly string[] }[] = [
  {
    title: 'Who speaks to whom',
    paragraphs: [
      'A terminal asks, the platform answers; the platform never opens a connection. HTTPS, JSON in UTF-8, instants in UTC ' +
        '(ISO 8601, ending in `Z`). An answer has at most 1 MB and is checked against its schema; what is not as written here ' +
        'counts as no answer. Members that a terminal does not know are passed over, so a platform may say more. A terminal ' +
        'sends nothing that is not written here.',
      'Redirects are not followed: a case would go to somebody else. Compression (`gzip`) is understood.',
    ],
  },
  {
    title: 'Credential',
    paragraphs: [
      '`Authorization: Bearer …`, or a client certificate (mutual TLS) in its place, and `Terminal-Id` go with every request. 401 and 403 say that the platform refuses the ' +
        'terminal, not the case: the terminal comes again after 5 to 15 minutes and calls a technician; nothing is dropped.',
    ],
  },
  {
    title: 'Once, however often it is sent',
    paragraphs: [
      '`Idempotency-Key` is a quoted string (RFC 9651), here a UUID that was made when the case was accepted, as in ' +
        'draft-ietf-httpapi-idempotency-key-header-07. A terminal sends the same bytes under the same key until it is ' +
        'answered, and after every doubt. The platform keys on terminal and `Idempotency-Key`, takes a fingerprint of the ' +
        'body, and does work and answer in one transaction.',
      'Key absent or no quoted string: 400. Same key, other bytes: 422 `key-reused`. The first request is still being worked ' +
        'on: 409 `in-progress`, and the terminal asks again. Else the first answer again, byte for byte, refusals by 422 ' +
        'included.',
      '**Expiry:** a key and its answer are remembered for at least 90 days after they were last asked for.',
    ],
  },
  {
    title: 'In order per case',
    paragraphs: [
      'What belongs to a case is sent one by one, each after the one before was answered with success. Cases are independent ' +
        'of each other; a terminal has at most four under way.',
    ],
  },
  {
    title: 'Papers',
    paragraphs: [
      'A case names the papers that it brings, each with size and SHA-256. They follow it one by one, before its rating, by tus ' +
        '1.0.0: created under the id that the case has named, then sent in parts, each from where the last one ended, for ' +
        'days if it must be. A paper is delivered when the platform has said its SHA-256; one that is not right begins anew, ' +
        'and so does one whose upload the platform no longer knows (404, 410, 460).',
    ],
  },
  {
    title: 'When to come again',
    paragraphs: [
      '408, 409, 423, 425, 429 and every 5xx mean "not now". With `Retry-After` (seconds, or an HTTP date, which is read against ' +
        'the answer’s own `Date`) the terminal comes no earlier, and up to a tenth later, so that not all come in one second; ' +
        'it waits a second even if told 0, and asks after an hour whatever it was told. Without the header, it waits a random ' +
        'time of up to 1 s doubled per attempt, at most 15 minutes.',
      'No answer, an answer cut off, a page in place of JSON, a redirect: as without `Retry-After`.',
    ],
  },
  {
    title: 'Refusals',
    paragraphs: [
      'Every other 4xx with `{ "error": { "code", "message" } }` is final: the terminal sets the delivery aside for a clerk ' +
        'with `code`, and sends it no more. Without that body it is not the platform’s, and drops nothing. `code` is a word ' +
        'of the tables below; a department may add words of its own to 422. `message` is for technicians and quotes nothing ' +
        'of what was sent.',
      'Two exceptions: 404 and 405 of a delivery say that the address is not served, and nothing of the case, which is sent ' +
        'again later. 413 is believed without a body, and with `Retry-After` means "not now".',
    ],
  },
  {
    title: 'Deadlines',
    paragraphs: [
      'A terminal waits for the whole answer as long as each operation says (`x-deadline-ms`), and then hangs up. A delivery ' +
        'that took longer was done all the same, and its answer is fetched with the same key.',
    ],
  },
];
