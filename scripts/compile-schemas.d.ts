/** Writes the validators of `schemas/` below `src/compose/generated/`. */
export declare function compileSchemas(options?: { readonly onlyIfStale?: boolean }): Promise<void>;
