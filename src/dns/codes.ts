/** Numbers of the DNS wire format (RFC 1035, 6891). */
export const HEADER_LENGTH = 12;
/** A message over TCP, or over UDP with the largest EDNS size. */
export const MESSAGE_LENGTH_MAX = 65_535;
/** What a UDP client takes that says nothing else. */
export const UDP_LENGTH_DEFAULT = 512;
/** 65,535 less the IPv4 and UDP headers: no datagram carries more. */
export const UDP_LENGTH_MAX = 65_507;
export const NAME_LENGTH_MAX = 255;
export const LABEL_LENGTH_MAX = 63;

export const TYPE_A = 1;
export const TYPE_PTR = 12;
export const TYPE_AAAA = 28;
export const TYPE_OPT = 41;
export const CLASS_IN = 1;

export const RCODE = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const;
/** BADVERS is 16: its low four bits stand in the header, the rest in the OPT record. */
export const EXTENDED_RCODE_BADVERS = 1;
