import { describe, expect, it } from 'vitest';
import { dotOf, mermaidOf } from '../../src/cli/output/graph/text.ts';
import { svgOf } from '../../src/cli/output/graph/svg.ts';
import type { NetworkPicture } from '../../src/stack/network-picture.ts';

const picture: NetworkPicture = {
  title: 'shop',
  networks: [
    { name: 'shop_back', subnets: ['172.19.0.0/16'], internal: true },
    { name: 'shop_front', subnets: ['172.18.0.0/16'], internal: false },
  ],
  containers: [
    {
      name: 'shop-web-1',
      service: 'web',
      image: 'nginx:1 "<&>"',
      state: 'running',
      places: [
        { network: 'shop_back', address: '172.19.0.2' },
        { network: 'shop_front', address: '172.18.0.2' },
      ],
      ports: ['0.0.0.0:8080 → 80'],
    },
  ],
};

describe('a picture of networks', () => {
  it('in Mermaid joins containers to networks by their addresses', () => {
    const lines = mermaidOf(picture).split('\n');
    expect(lines[0]).toBe('flowchart LR');
    expect(lines).toContain('  c0 ---|"172.19.0.2"| n0');
    expect(lines).toContain('  c0p0 --> c0');
    expect(lines).toContain('  c0["shop-web-1<br/>nginx:1 &quot;&lt;&amp;&gt;&quot;"]');
  });

  it('in dot quotes what needs it', () => {
    expect(dotOf(picture)).toContain('c0 [shape=box, label="shop-web-1\\nnginx:1 \\"<&>\\""];');
    expect(dotOf(picture)).toContain('c0 -- n1 [label="172.18.0.2"];');
  });

  it('in SVG escapes texts and needs nothing from elsewhere', () => {
    const svg = svgOf(picture);
    expect(svg).toContain('nginx:1 &quot;&lt;&amp;&gt;&quot;');
    expect(svg.match(/https?:\/\/[^"]+/g)).toEqual(['http://www.w3.org/2000/svg']);
    expect(svg).toContain('0.0.0.0:8080 → 80');
  });

  it('of nothing is a picture all the same', () => {
    const empty = { title: 'none', networks: [], containers: [] };
    expect(svgOf(empty)).toMatch(/^<svg [^>]*height="\d+"/);
    expect(mermaidOf(empty)).toBe('flowchart LR\n');
  });
});
