// The stored form of a visitor's record, as far as the shim reads it. Go writes it (identity/record_json.go).

/** The fields of a stored record that the shim reads. */
export interface StoredRecord {
  distinct_id?: string;
  device_id?: string;
  user_id?: string;
  minted?: number;
  identity_ms?: number;
  opted_out?: boolean;
  props?: Record<string, unknown>;
}
