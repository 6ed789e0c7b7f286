internal import Files
package import Neural
internal import SwiftProtobuf

/// Reads single tensors in ONNX's own form, as model collections ship them for tests
/// (`input_0.pb`).
package enum ONNXTensorReader {
  /// - Returns: The tensor and the name stored with it; half, bfloat16 and double precision come as
  ///   Float32.
  /// - Throws: `FileError`, `ModelError.inFile`.
  package static func read(
    path: String, limits: ModelReadingLimits = ModelReadingLimits()
  ) throws -> NamedTensor {
    var limits = limits
    limits.allowNonfinite = true
    let bytes = try RegularFile.read(path, byteLimit: limits.maxTensorBytes)
    do {
      var options = BinaryDecodingOptions()
      options.messageDepthLimit = ONNXReader.depthLimit
      options.discardUnknownFields = true
      guard let proto = try? Onnx_TensorProto(serializedBytes: bytes, options: options) else {
        throw ModelError.malformed("not a valid ONNX tensor")
      }
      let importer = TensorImporter(folder: nil, limits: limits)
      return NamedTensor(name: proto.name, tensor: try importer.tensor(proto, name: proto.name))
    } catch let error as ModelError {
      throw ModelError.inFile(path, error)
    }
  }
}
