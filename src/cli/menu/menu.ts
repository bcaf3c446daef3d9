import type { CliContext } from '../context.ts';
import { Keyboard } from './keyboard.ts';
import { Screen } from './screen.ts';

/** What the keys do; each tells on its own how it went. */
export interface MenuHands {
  /** Services, in the order in which they are offered. */
  readonly services: readonly string[];
  /** With what is written above the menu, or held back. */
  attach(service: string): Promise<void>;
  restart(service: string): Promise<void>;
  links(): Promise<void>;
  /** Resolves with whether files are watched now. */
  toggleWatch(): Promise<boolean>;
  /** Leave the services running. */
  detach(): void;
  /** As Ctrl-C. */
  quit(): void;
}

/** `choose`: the next key names a service. */
type Mode =
  { readonly type: 'keys' } | { readonly type: 'choose'; readonly purpose: 'log' | 'restart' | 'attach' };

const LETTERS = '123456789abcdefghijklmnoprstuvwxyz';

const questions = { log: 'log of', restart: 'restart', attach: 'attach to' } as const;

/** The line of keys below the logs of `up`. */
export class Menu {
  readonly screen: Screen;
  readonly #context: CliContext;
  readonly #keyboard = new Keyboard((key) => void this.#press(key));
  #hands: MenuHands | undefined;
  #mode: Mode = { type: 'keys' };
  #only: string | undefined;
  #isWatching = false;

  constructor(context: CliContext) {
    this.#context = context;
    this.screen = new Screen(context.err);
  }

  /** Whether the lines of a service are shown. */
  shows(service: string): boolean {
    return this.#only === undefined || this.#only === service;
  }

  open(hands: MenuHands, state: { readonly isWatching: boolean }): void {
    this.#hands = hands;
    this.#isWatching = state.isWatching;
    this.#keyboard.open();
    process.stdout.on('resize', this.#draw);
    this.#draw();
  }

  /** The terminal is as it was before. */
  close(): void {
    this.#hands = undefined;
    process.stdout.off('resize', this.#draw);
    this.#keyboard.end();
    this.screen.close();
  }

  readonly #draw = (): void => {
    if (this.#hands) this.screen.show(this.#text(this.#hands));
  };

  #text({ services }: MenuHands): string {
    const { strong, faint, warning } = this.#context.err.colours;
    const key = (letter: string, word: string) => `${strong(letter)} ${word}`;
    if (this.#mode.type === 'choose') {
      const offers = services.map((service, index) => key(LETTERS[index] ?? '', service));
      const all = this.#mode.purpose === 'log' ? [key('0', 'all')] : [];
      return `${questions[this.#mode.purpose]}?  ${[...all, ...offers, key('esc', 'back')].join('  ')}`;
    }
    const watch = this.#isWatching ? 'stop watching' : 'watch';
    const keys = [
      key('l', this.#only === undefined ? 'log of one' : warning(`only ${this.#only}`)),
      key('r', 'restart'),
      key('a', 'attach'),
      key('w', watch),
      key('p', 'ports'),
      key('d', 'detach'),
      key('q', 'stop'),
    ];
    return keys.join(faint(' · '));
  }

  async #press(key: string): Promise<void> {
    const hands = this.#hands;
    if (!hands) return;
    const { screen } = this;
    try {
      if (this.#mode.type === 'choose') await this.#choose(hands, this.#mode.purpose, key);
      else await this.#do(hands, key);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      screen.above(this.#context.err).line(`${this.#context.err.colours.bad('✘')} ${reason}`);
    }
    this.#draw();
  }

  async #do(hands: MenuHands, key: string): Promise<void> {
    const letter = key.toLowerCase();
    if (letter === 'l') this.#ask('log');
    else if (letter === 'r') this.#ask('restart');
    else if (letter === 'a') this.#ask('attach');
    else if (letter === 'w') this.#isWatching = await hands.toggleWatch();
    else if (letter === 'p') await hands.links();
    else if (letter === 'd') hands.detach();
    else if (letter === 'q') hands.quit();
  }

  #ask(purpose: 'log' | 'restart' | 'attach'): void {
    this.#mode = { type: 'choose', purpose };
  }

  async #choose(hands: MenuHands, purpose: 'log' | 'restart' | 'attach', key: string): Promise<void> {
    this.#mode = { type: 'keys' };
    this.#draw();
    if (purpose === 'log' && key === '0') this.#only = undefined;
    const service = hands.services[LETTERS.indexOf(key)];
    if (service === undefined || key === '') return;
    if (purpose === 'log') this.#only = service;
    if (purpose === 'restart') await hands.restart(service);
    if (purpose === 'attach') await this.#lend(() => hands.attach(service));
  }

  /** Keys and screen belong to somebody else for a while. */
  async #lend(work: () => Promise<void>): Promise<void> {
    this.#keyboard.close();
    this.screen.hold();
    try {
      await work();
    } finally {
      this.screen.resume();
      if (this.#hands) this.#keyboard.open();
    }
  }
}
