// Where there is no server of Next, nothing else gives it its storages, and it looks for them when it is first loaded.
// oxlint-disable-next-line import/no-unassigned-import -- it is there for what it does
import 'next/dist/server/node-environment-baseline.js'
