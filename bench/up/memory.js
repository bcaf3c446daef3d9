// Memory of everything a peer keeps running beside the services: engine or daemons, monitors, proxies, name servers.

/** Also sees that all the services run. */
export async function measureMemory(host, count) {
  const { stdout } = await host.run(script);
  const processes = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name, rssKb, pssKb]) => ({ name, rssKb: Number(rssKb), pssKb: Number(pssKb) }));
  const services = processes.filter(({ name }) => name === 'sleep');
  if (services.length !== count) throw new Error(`${services.length} of ${count} services run after up`);
  const kept = processes.filter(({ name }) => name !== 'sleep');
  return {
    rssMb: sum(kept, 'rssKb') / 1024,
    pssMb: sum(kept, 'pssKb') / 1024,
    byProgram: byProgram(kept),
  };
}

/** Not the host's init (1), nor this script. */
const script = `
for folder in /proc/[0-9]*; do
  pid=\${folder#/proc/}
  [ $pid = 1 ] || [ $pid = $$ ] || [ ! -r $folder/smaps_rollup ] && continue
  read -r name < $folder/comm
  awk -v name="\${name// /_}" '/^Rss:/ { rss = $2 } /^Pss:/ { pss = $2 } END { if (rss) print name, rss, pss }' $folder/smaps_rollup 2>/dev/null
done; true`;

function byProgram(processes) {
  const names = [...new Set(processes.map(({ name }) => name))].sort();
  return names.map((name) => {
    const own = processes.filter((process) => process.name === name);
    return { name, processes: own.length, rssMb: sum(own, 'rssKb') / 1024, pssMb: sum(own, 'pssKb') / 1024 };
  });
}

function sum(processes, key) {
  return processes.reduce((total, process) => total + process[key], 0);
}
