import type { Behaviour, Scene } from './behaviour.ts';
import { normalise } from './normalise.ts';
import type { Peer } from './peers.ts';
import { prelude } from './prelude.ts';

export type Verdict = 'same' | 'chosen' | 'not chosen' | 'no longer different';

export interface Row {
  readonly scene: string;
  readonly behaviour: Behaviour;
  readonly docker: string;
  readonly berth: string;
  readonly verdict: Verdict;
}

/** Plays one scene on both hosts at the same time. */
export async function playScene(scene: Scene, peers: { docker: Peer; berth: Peer }): Promise<readonly Row[]> {
  const [docker, berth] = await Promise.all([play(scene, peers.docker), play(scene, peers.berth)]);
  return scene.behaviours.map((behaviour, index) => {
    const shown = { docker: docker[index] ?? '', berth: berth[index] ?? '' };
    return { scene: scene.name, behaviour, ...shown, verdict: verdictOn(behaviour, shown) };
  });
}

function verdictOn(behaviour: Behaviour, shown: { docker: string; berth: string }): Verdict {
  const isSame = shown.docker === shown.berth;
  if (behaviour.difference === undefined) return isSame ? 'same' : 'not chosen';
  return isSame ? 'no longer different' : 'chosen';
}

/** What one engine shows of each behaviour of a scene, in order. */
export async function play(scene: Scene, peer: Peer): Promise<readonly string[]> {
  const bash = (text: string, allowFailure = false) =>
    peer.host.run(`${prelude}\n${text}`, { env: peer.env, allowFailure, timeoutMs: 90_000 });
  await bash(`set -e\n${scene.setUp}`);
  const shown: string[] = [];
  for (const { see } of scene.behaviours) {
    shown.push(
      await bash(`exec 2>&1\n${see}`, true).then(
        ({ stdout, code }) => normalise(code === 0 ? stdout : `${stdout}\nexit ${code}`),
        () => `${peer.name}: no end`,
      ),
    );
  }
  await bash(cleanUp);
  return shown;
}

const cleanUp = `
ids=$(docker ps -aq); [ -z "$ids" ] || docker rm -f -v $ids > /dev/null
docker network prune -f > /dev/null`;
