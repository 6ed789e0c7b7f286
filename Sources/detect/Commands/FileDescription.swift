internal import Files
internal import Geometry
internal import ModelFormats
internal import Neural
internal import StrictJSON

/// What `detect info` says about a file: one object, as JSON or as lines.
struct FileDescription {
  private(set) var json = JSONObject()
  private(set) var warnings: [String] = []
  private let execution: ExecutionOptions

  /// Loads the file whole, by its content.
  ///
  /// - Throws: The reader's error when the file is refused.
  init(
    path: String, weightsPath: String?, limits: ModelReadingLimits, inputSize: Size?,
    execution: ExecutionOptions
  ) throws {
    self.execution = execution
    json["path"] = .string(path)
    let name = path.lowercased()
    if name.hasSuffix(".json") {
      try describeJSON(path)
    } else if name.hasSuffix(".npy") || name.hasSuffix(".npz") {
      try describe(
        NumPyReader.read(path: path), format: name.hasSuffix(".npz") ? "npz" : "npy",
        limits: limits)
    } else if name.hasSuffix(".safetensors") {
      try describe(SafeTensorsReader.read(path: path), format: "safetensors", limits: limits)
    } else if name.hasSuffix(".weights") && weightsPath == nil {
      let configuration = String(path.dropLast("weights".count)) + "cfg"
      let model = try ModelReader.read(path: configuration, weightsPath: path, limits: limits)
      try describe(model, inputSize: inputSize)
    } else {
      let model = try ModelReader.read(
        path: path, weightsPath: weightsPath, limits: limits,
        inputSize: inputSize.map { ($0.width, $0.height) })
      try describe(model, inputSize: inputSize)
    }
  }

  // MARK: Models

  private var plan: JSONValue?

  private mutating func describe(_ model: Model, inputSize: Size?) throws {
    json["format"] = .string(model.format.rawValue)
    if !model.producer.isEmpty { json["producer"] = .string(model.producer) }
    if !model.opsets.isEmpty {
      json["opsets"] = .object(
        JSONObject(
          model.opsets.sorted { $0.key < $1.key }.map {
            JSONObject.Member($0.key.isEmpty ? "ai.onnx" : $0.key, .integer($0.value))
          }))
    }
    json["inputs"] = .array(model.inputs.map(Self.json))
    json["outputs"] = .array(model.outputs.map(Self.json))
    json["layers"] = .integer(model.nodeCount)
    json["parameters"] = .integer(model.parameterCount)
    json["multiply_adds"] = .null
    if !model.unsupported.isEmpty {
      json["multiply_adds_unknown"] = "some operators are not supported"
    } else {
      try countWork(of: model, inputSize: inputSize)
    }
    json["operators"] = .object(
      JSONObject(
        model.operatorCounts.sorted { $0.key < $1.key }.map {
          JSONObject.Member($0.key, .integer($0.value))
        }))
    json["unsupported"] = .array(
      model.unsupported.map {
        [
          "node": .string($0.node), "operator": .string($0.operation),
          "domain": .string($0.domain), "reason": .string($0.reason),
        ]
      })
    json["plan"] = plan
    if !model.metadata.isEmpty {
      json["metadata"] = .object(
        JSONObject(
          model.metadata.sorted { $0.key < $1.key }.map {
            JSONObject.Member($0.key, .string($0.value))
          }))
    }
  }

  /// Specialises the graph to its input sizes, which also checks that all its shapes fit.
  private mutating func countWork(of model: Model, inputSize: Size?) throws {
    do {
      let shaped = try ShapedGraph(model.graph, inputShapes: model.inputShapes(size: inputSize))
      json["multiply_adds"] = .integer(shaped.multiplyAdds)
      try describe(shaped)
      plan = try PlanDescription.json(shaped, options: execution)
    } catch GraphError.inputShape(_, nil, _) {
      json["multiply_adds_unknown"] = "the input size is open (--imgsz states it)"
    } catch let error as GraphError {
      switch error {
      case .unsupported, .dependsOnData: break
      default: throw error
      }
      json["multiply_adds_unknown"] = .string("it cannot run: \(error)")
    }
  }

  /// What the outputs see, and where the network can be cut.
  private mutating func describe(_ shaped: ShapedGraph) throws {
    let fields = try ReceptiveFields(shaped)
    json["receptive_fields"] = .array(
      shaped.graph.outputs.map { FieldDescription.json($0.name, fields[$0.value]) })
    json["cuts"] = .array(try shaped.cutCandidates().map(FieldDescription.json))
  }

  private static func json(_ info: TensorInfo) -> JSONValue {
    let shape = info.dimensions.map { dimensions -> JSONValue in
      .array(
        dimensions.map { dimension in
          switch dimension {
          case .fixed(let size): .integer(size)
          case .symbolic(let name): .string(name.isEmpty ? "?" : name)
          }
        })
    }
    return [
      "name": .string(info.name), "type": .string(info.elementType), "shape": shape ?? .null,
    ]
  }

  // MARK: Tensors

  private mutating func describe(
    _ tensors: [NamedTensor], format: String, limits: ModelReadingLimits
  ) throws {
    for named in tensors {
      let count = named.tensor.nonfiniteCount
      guard !count.isZero else { continue }
      guard limits.allowNonfinite else {
        throw ModelError.malformed(
          count.message(tensor: named.name) + " (--allow-nonfinite takes it)")
      }
      warnings.append(count.message(tensor: named.name))
    }
    json["format"] = .string(format)
    json["tensors"] = .array(
      tensors.map { named in
        [
          "name": .string(named.name), "type": .string(named.tensor.elementType.rawValue),
          "shape": .array(named.tensor.shape.map { .integer($0) }),
        ]
      })
    json["parameters"] = .integer(tensors.reduce(0) { $0 + $1.tensor.count })
  }

  // MARK: JSON

  private mutating func describeJSON(_ path: String) throws {
    let value = try JSONReader.parse(RegularFile.read(path, byteLimit: 1 << 30))
    json["format"] = "json"
    json["value"] = .string(value.kind)
    switch value {
    case .array(let elements): json["elements"] = .integer(elements.count)
    case .object(let object):
      json["keys"] = .array(object.members.prefix(64).map { .string($0.key) })
    default: break
    }
  }

  // MARK: Lines

  /// One line per fact.
  var text: String {
    json.members.map { member in
      switch member.value {
      case .array(let elements) where !elements.isEmpty:
        "\(member.key):\n" + elements.map { "  \(Self.line($0))\n" }.joined()
      case .object where member.key == "plan": PlanDescription.text(member.value)
      default: "\(member.key): \(Self.line(member.value))\n"
      }
    }.joined()
  }

  private static func line(_ value: JSONValue) -> String {
    switch value {
    case .null: return "unknown"
    case .bool(let value): return "\(value)"
    case .integer(let value): return "\(value)"
    case .number(let value): return "\(value)"
    case .string(let value): return Escaping.line(value)
    case .array(let elements):
      return elements.isEmpty ? "none" : elements.map(line).joined(separator: "x")
    case .object(let object):
      return object.members.map { member in
        if ["name", "type", "shape"].contains(member.key) { return line(member.value) }
        if let list = FieldDescription.line(member) { return list }
        return "\(Escaping.line(member.key)) \(line(member.value))"
      }.joined(separator: ", ")
    }
  }
}
