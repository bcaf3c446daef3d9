// The table on both engines: prints both columns, and fails on a difference that is not documented, and on a documented
// one that is gone. Arguments: names of scenes or behaviours; none: all. PARITY_DOCKER names the folder of dockerd.
// --record: when all is well, writes down what Berth showed, to which test/e2e/parity holds it without dockerd.
import { readFile, rm } from 'node:fs/promises';
import { repository } from '../helpers/host.ts';
import type { Scene } from './behaviour.ts';
import { playScene } from './compare.ts';
import type { Row } from './compare.ts';
import { anchorsOf } from './differences.ts';
import { berthPeer, dockerPeer } from './peers.ts';
import { parityArchive } from './prelude.ts';
import { record } from './recorded.ts';
import { rowText, summaryOf } from './report.ts';
import { scenes } from './scenes.ts';

const print = (text: string) => process.stdout.write(`${text}\n`);

const words = process.argv.slice(2);
process.exitCode = (await compareAll(chosen(words.filter((word) => word !== '--record')))) ? 0 : 1;

async function compareAll(table: readonly Scene[]): Promise<boolean> {
  const archive = await parityArchive();
  const options = { archive, dockerPrograms: process.env['PARITY_DOCKER'] ?? '/usr/sbin' };
  try {
    await using docker = await dockerPeer(options);
    await using berth = await berthPeer(options);
    print(`✔ as Docker, ≠ knowingly not, ✖ to be mended. Left Docker, right Berth.`);
    const rows: Row[] = [];
    for (const scene of table) {
      print(`\n── ${scene.name}`);
      const played = await playScene(scene, { docker, berth });
      for (const row of played) print(rowText(row));
      rows.push(...played);
    }
    print(`\n${summaryOf(rows)}`);
    const isRight =
      (await allAnchored(rows)) && rows.every(({ verdict }) => verdict === 'same' || verdict === 'chosen');
    if (isRight && words.includes('--record')) await record(rows);
    return isRight;
  } finally {
    await rm(archive, { force: true });
  }
}

function chosen(names: readonly string[]): readonly Scene[] {
  if (names.length === 0) return scenes;
  return scenes
    .map((scene) => ({
      ...scene,
      behaviours: scene.behaviours.filter(({ id }) => names.includes(scene.name) || names.includes(id)),
    }))
    .filter(({ behaviours }) => behaviours.length > 0);
}

async function allAnchored(rows: readonly Row[]): Promise<boolean> {
  const anchors = anchorsOf(await readFile(`${repository}/docs/differences.md`, 'utf8'));
  const named = rows.flatMap(({ behaviour }) => behaviour.difference ?? []);
  const missing = named.filter((anchor) => !anchors.includes(anchor));
  if (missing.length > 0) print(`not in docs/differences.md: ${missing.join(', ')}`);
  return missing.length === 0;
}
