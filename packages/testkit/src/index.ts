export { BYTE_STORE_ENTRIES, describeByteStore } from "./byte-store-suite.ts";
export {
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
  onnxModel,
} from "./onnx/onnx-model.ts";
export { type PostgresServer, postgresPrograms, startPostgres } from "./postgres/postgres-server.ts";
export { type RecordedCall, type RecordingStore, recordingStore } from "./recording-store.ts";
export { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
