/** The user who gave the command: with sudo, the one who typed it. */
export function invokingUser(): { readonly uid: number; readonly gid: number } {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (own.uid !== 0) return own;
  const uid = Number(process.env['SUDO_UID'] ?? '');
  const gid = Number(process.env['SUDO_GID'] ?? '');
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { uid, gid } : own;
}
