import { idOutOfRange, userUnknown } from './errors.ts';

/** Who a process runs as. */
export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  /** Without the primary group. */
  readonly additionalGids: readonly number[];
  readonly home: string;
}

/** The texts of the image's /etc/passwd and /etc/group; empty where there is none. */
export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/**
 * Finds a user in the words of `docker run --user`: `name`, `uid`, `name:group`, `uid:gid`; empty is root.
 * A number that the files do not know is taken as it is, with group 0. `groupAdd` are further groups, names or numbers.
 * @throws {EngineError} CONTAINER_USER_UNKNOWN
 */
export function findUser(text: string, files: UserFiles, groupAdd: readonly string[] = []): ContainerUser {
  const [userWord = '', groupWord = ''] = text.split(':', 2);
  const groups = parseGroup(files.group);
  const entry = findPasswdEntry(userWord, parsePasswd(files.passwd));
  const gid = groupWord === '' ? entry.gid : gidOf(groupWord, groups);
  const memberships =
    groupWord === '' && entry.name !== '' ? groups.filter((group) => group.members.includes(entry.name)) : [];
  const additional = [
    ...memberships.map((group) => group.gid),
    ...groupAdd.map((word) => gidOf(word, groups)),
  ];
  return {
    uid: entry.uid,
    gid,
    additionalGids: [...new Set(additional)].filter((other) => other !== gid),
    home: entry.home,
  };
}

function findPasswdEntry(word: string, entries: readonly PasswdEntry[]): PasswdEntry {
  const number = asId(word === '' ? '0' : word);
  if (number === undefined && /^-?\d+$/.test(word)) throw idOutOfRange();
  const found = entries.find((entry) => entry.name === word || entry.uid === number);
  if (found) return found;
  if (number === undefined) throw userUnknown('user', word);
  return { name: '', uid: number, gid: 0, home: number === 0 ? '/root' : '/' };
}

function gidOf(word: string, groups: readonly GroupEntry[]): number {
  const number = asId(word);
  if (number === undefined && /^-?\d+$/.test(word)) throw idOutOfRange();
  const gid = groups.find((group) => group.name === word)?.gid ?? number;
  if (gid === undefined) throw userUnknown('group', word);
  return gid;
}

function asId(word: string): number | undefined {
  return /^\d{1,10}$/.test(word) && Number(word) <= 0x7fffffff ? Number(word) : undefined;
}

function parsePasswd(text: string): PasswdEntry[] {
  return fieldsOf(text, 4).map(([name = '', , uid, gid, , home]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home: home === undefined || home === '' ? '/' : home,
  }));
}

function parseGroup(text: string): GroupEntry[] {
  return fieldsOf(text, 3).map(([name = '', , gid, members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter(Boolean),
  }));
}

/** Lines with at least `atLeast` fields whose third field is a number. */
function fieldsOf(text: string, atLeast: number): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter((fields) => fields.length >= atLeast && asId(fields[2] ?? '') !== undefined);
}
