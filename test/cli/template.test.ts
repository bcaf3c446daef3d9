import { describe, expect, it } from 'vitest';
import { templateFormat } from '../../src/cli/output/template.ts';

const rows = [
  { Name: 'web-1', Ports: [80], MemUsage: '1MB' },
  { Name: 'database-1', Ports: [], MemUsage: '20MB' },
];

describe('a format template', () => {
  it('prints fields and JSON, one line a row', () => {
    expect(templateFormat('{{.Name}}\\t{{ json .Ports }}')?.(rows)).toBe('web-1\t[80]\ndatabase-1\t[]\n');
    expect(templateFormat('{{json .}}')?.(rows.slice(0, 1))).toBe(`${JSON.stringify(rows[0])}\n`);
  });

  it('goes into objects', () => {
    const network = [{ Name: 'lab', IPAM: { Driver: 'default', Config: [] } }];
    expect(templateFormat('{{.IPAM.Driver}} {{json .IPAM.Config}}')?.(network)).toBe('default []\n');
    expect(() => templateFormat('{{.Name.First}}')?.(network)).toThrow('is not a field');
  });

  it('with `table` in front prints columns under their names', () => {
    expect(templateFormat('table {{.Name}}\\t{{.MemUsage}}')?.(rows)).toBe(
      'NAME        MEM USAGE\nweb-1       1MB\ndatabase-1  20MB\n',
    );
  });

  it('refuses what it does not know, with what there is', () => {
    expect(() => templateFormat('{{range .}}')).toThrow('is not a field such as');
    expect(() => templateFormat('yaml')).toThrow('is not table, json');
    expect(() => templateFormat('{{.Nmae}}')?.(rows)).toThrow('there are Name, Ports, MemUsage');
  });

  it('leaves the named formats to the verbs', () => {
    expect([undefined, 'table', 'json'].map(templateFormat)).toEqual([undefined, undefined, undefined]);
  });
});
