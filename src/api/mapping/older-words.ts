/** Up to this version clients come from the time of Docker 20.10, and look for what it said. */
const OLDER_MINOR = 41;

const OLDER_WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /^cannot remove container "\/(.+)": container is (?:running|restarting): .*/,
    'You cannot remove a running container $1. Stop the container before attempting removal or force remove',
  ],
  [
    /^cannot remove container "\/(.+)": container is paused.*/,
    'You cannot remove a paused container $1. Unpause and then stop the container before attempting removal or force remove',
  ],
  [/^invalid filter/, 'Invalid filter'],
  [/^config cannot be empty/, 'Config cannot be empty'],
  [/^no command specified/, 'No command specified'],
  [
    /^invalid restart policy: maximum retry count can only be used with 'on-failure'/,
    'maximum retry count cannot be used with this restart policy',
  ],
  [/^invalid restart policy: unknown policy '(.*?)'.*/, "invalid restart policy '$1'"],
  [/^dockerfile parse error on line/, 'dockerfile parse error line'],
  [/^unsupported Content-Type header \((.*)\): must be/, 'Content-Type specified ($1) must be'],
];

/** A message in the words that a client of this API version knows. */
export function wordsFor(apiMinor: number, message: string): string {
  if (apiMinor > OLDER_MINOR) return message;
  const found = OLDER_WORDS.find(([pattern]) => pattern.test(message));
  return found ? message.replace(found[0], found[1]) : message;
}
