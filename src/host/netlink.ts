/** rtnetlink, in process and synchronous: what `ip` does, without starting `ip`. */
export { withNetlink, withNetlinkLater, type NetlinkSocket } from './netlink-socket.ts';
export {
  addBridge,
  addVeth,
  announceLink,
  deleteLink,
  findLink,
  linkIndex,
  listLinks,
  setLinkUp,
  type BridgeRequest,
  type Link,
  type VethRequest,
} from './netlink-links.ts';
export { deleteLinkAndWires, deleteLinks } from './netlink-link-groups.ts';
export {
  addLooseWire,
  addMacvlan,
  addVlan,
  type MacvlanMode,
  type MacvlanRequest,
  type VlanRequest,
} from './netlink-macvlan.ts';
export {
  addAddress,
  addRoute,
  replaceRoute,
  listAddresses,
  listRoutes,
  type LinkAddress,
  type Route,
} from './netlink-routes.ts';
