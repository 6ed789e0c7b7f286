internal import Neural
internal import SwiftProtobuf

/// Reads ONNX models: operator sets 1 to 28 as far as the toolkit has the operators.
package enum ONNXReader {
  /// The newest version of the file format and of ONNX's own operators that this reader knows.
  static let newestIRVersion = 14
  static let newestOpset = 28
  /// Messages nested deeper are refused, so that hostile files cannot exhaust the stack.
  static let depthLimit = 100

  /// The model in the bytes of an ONNX file.
  ///
  /// - Parameter path: Where the bytes come from: names the file in errors, and its folder is the
  ///   only place where external data may lie.
  /// - Throws: `ModelError.inFile`.
  package static func read(
    _ bytes: consuming [UInt8], path: String, limits: ModelReadingLimits = ModelReadingLimits()
  ) throws -> Model {
    do {
      let proto = try decode(bytes)
      return try read(proto, modelPath: path, limits: limits)
    } catch let error as ModelError {
      throw ModelError.inFile(path, error)
    }
  }

  /// The model of a decoded message.
  ///
  /// - Parameter modelPath: `nil` where there is no file: then external data is refused.
  /// - Throws: `ModelError` without a path.
  package static func read(
    _ proto: consuming Onnx_ModelProto, modelPath: String?,
    limits: ModelReadingLimits = ModelReadingLimits()
  ) throws -> Model {
    guard proto.hasGraph else { throw ModelError.graph("the file holds no graph") }
    let versions = try OpsetVersions(proto)
    let functions = try FunctionLibrary(proto.functions)
    let tensors = TensorImporter(folder: modelPath.map(ExternalDataFolder.init), limits: limits)
    let importer = GraphImporter(tensors: tensors, functions: functions)
    var model = Model(format: .onnx, graph: Graph())
    model.opsets = versions.all
    model.producer = [proto.producerName, proto.producerVersion]
      .filter { !$0.isEmpty }.joined(separator: " ")
    for entry in proto.metadataProps { model.metadata[entry.key] = entry.value }
    model.nodeCount = proto.graph.node.count
    count(proto.graph, into: &model.operatorCounts)
    var graph = proto.graph
    proto = Onnx_ModelProto()
    try importer.importGraph(&graph, versions: versions)
    model.graph = importer.graph
    model.inputs = importer.inputs
    model.outputs = importer.outputs
    model.tensors = importer.tensors.infos
    model.parameterCount = importer.tensors.parameterCount
    model.unsupported = importer.unsupported
    return model
  }

  /// Counts nodes by operator, those of graphs inside nodes too.
  private static func count(_ graph: Onnx_GraphProto, into counts: inout [String: Int]) {
    var lists = [graph.node]
    while let list = lists.popLast() {
      for node in list {
        let domain = OperatorDomain.normalized(node.domain)
        counts[(domain.isEmpty ? "" : domain + ".") + node.opType, default: 0] += 1
        for attribute in node.attribute {
          lists += attribute.graphs.map(\.node) + (attribute.hasG ? [attribute.g.node] : [])
        }
      }
    }
  }

  static func decode(_ bytes: consuming [UInt8]) throws -> Onnx_ModelProto {
    try FileSignature.refuseForeignContent(bytes)
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = depthLimit
    options.discardUnknownFields = true
    do {
      return try Onnx_ModelProto(serializedBytes: bytes, options: options)
    } catch BinaryDecodingError.messageDepthLimit {
      throw ModelError.malformed("not a valid ONNX file: nesting deeper than \(depthLimit)")
    } catch BinaryDecodingError.truncated {
      throw ModelError.malformed("not a valid ONNX file, or cut short")
    } catch BinaryDecodingError.invalidUTF8 {
      throw ModelError.malformed("not a valid ONNX file: a name is not UTF-8")
    } catch {
      throw ModelError.malformed("not a valid ONNX file: malformed protocol buffer")
    }
  }
}

/// The operator set versions that a model, or a function in it, imports.
struct OpsetVersions {
  /// By domain; ONNX's own domain is the empty string.
  private(set) var all: [String: Int] = [:]

  init(_ proto: borrowing Onnx_ModelProto) throws {
    let version = Int(proto.irVersion)
    guard (1...ONNXReader.newestIRVersion).contains(version) else {
      throw ModelError.graph(
        "ir_version is \(version), allowed are 1 to \(ONNXReader.newestIRVersion)")
    }
    try add(proto.opsetImport)
    if version < 3 && all[""] == nil { all[""] = 1 }
    guard !all.isEmpty else { throw ModelError.graph("opset_import is missing") }
  }

  /// Adds or replaces versions, as a function's own imports do.
  mutating func add(_ imports: [Onnx_OperatorSetIdProto]) throws {
    var seen: Set<String> = []
    for entry in imports {
      let domain = OperatorDomain.normalized(entry.domain)
      guard seen.insert(domain).inserted else {
        throw ModelError.graph("opset_import names domain \"\(printable(domain))\" twice")
      }
      let version = Int(entry.version)
      guard !domain.isEmpty || (1...ONNXReader.newestOpset).contains(version) else {
        throw ModelError.graph(
          "operator set \(version), allowed are 1 to \(ONNXReader.newestOpset)")
      }
      all[domain] = version
    }
  }
}
