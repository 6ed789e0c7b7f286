internal import SwiftProtobuf

extension ONNXReader {
  /// The files beside a model that hold data of its tensors.
  ///
  /// - Parameters:
  ///   - bytes: Of the ONNX file.
  ///   - path: Where they come from.
  /// - Returns: Paths below the model's folder, each once, sorted; none where the bytes are of
  ///   another format.
  /// - Throws: `ModelError` for a location that could leave the folder.
  package static func externalFiles(of bytes: [UInt8], path: String) throws -> [String] {
    // Most models have none: then the message need not be taken apart.
    guard mentionsLocation(bytes), let proto = try? decode(bytes) else { return [] }
    var locations: Set<String> = []
    func add(_ tensor: Onnx_TensorProto) throws {
      guard tensor.dataLocation == .external else { return }
      let span = try ExternalDataSpan(
        tensor.externalData.filter { $0.key == "location" }, byteCount: 0, tensor: tensor.name)
      locations.insert(span.components.joined(separator: "/"))
    }
    var graphs = [proto.graph]
    var lists = proto.functions.map(\.node)
    while true {
      if let graph = graphs.popLast() {
        for tensor in graph.initializer { try add(tensor) }
        for sparse in graph.sparseInitializer {
          try add(sparse.values)
          try add(sparse.indices)
        }
        lists.append(graph.node)
      }
      while let list = lists.popLast() {
        for attribute in list.lazy.flatMap(\.attribute) {
          for tensor in attribute.tensors + (attribute.hasT ? [attribute.t] : []) {
            try add(tensor)
          }
          graphs += attribute.graphs + (attribute.hasG ? [attribute.g] : [])
        }
      }
      if graphs.isEmpty { break }
    }
    let folder = ExternalDataFolder(modelPath: path).path
    return locations.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { folder == "/" ? "/" + $0 : "\(folder)/\($0)" }
  }

  /// Whether the key of an external tensor's location occurs anywhere.
  private static func mentionsLocation(_ bytes: [UInt8]) -> Bool {
    let key = Array("location".utf8)
    return bytes.withUnsafeBufferPointer { bytes in
      guard bytes.count >= key.count else { return false }
      for start in 0...bytes.count - key.count where bytes[start] == key[0] {
        if bytes[start..<start + key.count].elementsEqual(key) { return true }
      }
      return false
    }
  }
}
