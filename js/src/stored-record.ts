// The stored form of a visitor's record, as far as the shim reads it. Go writes it (identity/record_json.go).

/** The fields of a stored record that the shim reads. */
export interface StoredRecord {
  distinct_id?: string;
  device_id?: string | undefined;
  user_id?: string | undefined;
  minted?: number;
  identity_ms?: number;
  alias?: string | undefined;
  opted_out?: boolean;
  /** When the visitor last opted out or in with this library. */
  opt_ms?: number;
  /** Whether mixpanel-browser's record was written too. */
  mp?: boolean;
  props?: Record<string, unknown>;
}
