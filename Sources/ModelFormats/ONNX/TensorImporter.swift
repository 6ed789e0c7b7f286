internal import FoundationEssentials
internal import Neural

extension Data: TensorBytes {}

/// Turns stored tensors into tensors of the runtime, with everything checked that a file can get
/// wrong, and floating-point types promoted to Float32.
struct TensorImporter {
  /// Where external data may lie; `nil` refuses it.
  let folder: ExternalDataFolder?
  let limits: ModelReadingLimits
  /// What has been read so far, with the types of the file.
  private(set) var infos: [TensorInfo] = []
  private(set) var parameterCount = 0

  /// More axes than any model has.
  static let axisLimit = 64

  init(folder: ExternalDataFolder?, limits: ModelReadingLimits) {
    self.folder = folder
    self.limits = limits
  }

  /// Reads a tensor that is part of the model and adds it to the list.
  ///
  /// - Throws: `ModelError.tensor` or `.externalData`.
  mutating func weights(_ proto: consuming Onnx_TensorProto, name: String) throws -> Tensor {
    let code = Int(proto.dataType)
    let tensor = try self.tensor(proto, name: name)
    infos.append(
      TensorInfo(
        name: name, elementType: ONNXElementType.name(code),
        dimensions: tensor.shape.map { .fixed($0) }))
    if tensor.elementType == .float32 { parameterCount += tensor.count }
    return tensor
  }

  /// Reads a tensor without recording it.
  ///
  /// - Throws: `ModelError.tensor` or `.externalData`.
  func tensor(_ proto: consuming Onnx_TensorProto, name: String) throws -> Tensor {
    let code = Int(proto.dataType)
    guard let stored = ONNXElementType.elementType(code) else {
      throw ModelError.tensor(
        name, "has element type \(ONNXElementType.name(code)), which is not supported")
    }
    let shape = try shape(proto.dims, name: name)
    if proto.hasSegment { throw ModelError.tensor(name, "is stored in segments") }
    var tensor: Tensor
    let byteCount: Int
    do {
      let count = try Tensor.checkedCount(
        shape, elementType: stored, byteLimit: limits.maxTensorBytes)
      byteCount = count * stored.byteCount
      // The data is checked to be there before memory is asked for.
      try checkSource(proto, stored: stored, count: count, name: name)
      if let tensor = try borrowed(proto, stored: stored, shape: shape) {
        try checkFinite(tensor, name: name)
        return tensor
      }
      tensor = try Tensor(
        zeros: stored.promoted, shape: shape, byteLimit: limits.maxTensorBytes)
    } catch let error as TensorError {
      throw ModelError.tensor(name, error.description)
    }
    if proto.dataLocation == .external {
      try readExternal(proto.externalData, stored: stored, byteCount: byteCount, name, &tensor)
    } else if proto.hasRawData {
      let raw = proto.rawData
      try raw.withUnsafeBytes { try TensorConversion.fill(&tensor, from: $0, stored: stored) }
    } else {
      try TensorConversion.fill(&tensor, fromTypedFieldsOf: proto, stored: stored, name: name)
    }
    try checkFinite(tensor, name: name)
    return tensor
  }

  /// The tensor where the message has it, if that is as the runtime would have it.
  private func borrowed(
    _ proto: borrowing Onnx_TensorProto, stored: ElementType, shape: [Int]
  ) throws -> Tensor? {
    // Smaller contents lie in the message itself, which is freed.
    let smallest = 64 << 10
    guard proto.dataLocation != .external, proto.hasRawData, proto.rawData.count >= smallest,
      stored == stored.promoted, stored != .bool
    else { return nil }
    return try Tensor(
      borrowing: proto.rawData, elementType: stored, shape: shape,
      byteLimit: limits.maxTensorBytes)
  }

  private func shape(_ dims: [Int64], name: String) throws -> [Int] {
    guard dims.count <= Self.axisLimit else {
      throw ModelError.tensor(name, "has \(dims.count) axes, at most \(Self.axisLimit) allowed")
    }
    for size in dims where size < 0 {
      throw ModelError.tensor(name, "has a negative size, \(size)")
    }
    return dims.map(Int.init)
  }

  /// Checks that exactly one source holds exactly the right amount of data.
  private func checkSource(
    _ proto: borrowing Onnx_TensorProto, stored: ElementType, count: Int, name: String
  ) throws {
    let fields = TensorConversion.typedFieldCounts(proto)
    let expectedField = TensorConversion.typedField(of: stored)
    let filled = fields.filter { $0.value > 0 }.map(\.key).sorted()
    if proto.dataLocation == .external || proto.hasRawData, let field = filled.first {
      throw ModelError.tensor(name, "has its data twice: in \(field) and outside it")
    }
    if proto.dataLocation == .external {
      if proto.hasRawData && !proto.rawData.isEmpty {
        throw ModelError.tensor(name, "has its data twice: in raw_data and in another file")
      }
      return
    }
    if proto.hasRawData {
      guard proto.rawData.count == count * stored.byteCount else {
        throw ModelError.tensor(
          name, "has \(proto.rawData.count) bytes of data, \(count * stored.byteCount) needed")
      }
      return
    }
    if let wrong = filled.first(where: { $0 != expectedField }) {
      throw ModelError.tensor(name, "has its data in \(wrong), expected in \(expectedField)")
    }
    let available = fields[expectedField] ?? 0
    guard available == count else {
      throw ModelError.tensor(name, "has \(available) elements of data, \(count) needed")
    }
  }

  private func readExternal(
    _ entries: [Onnx_StringStringEntryProto], stored: ElementType, byteCount: Int, _ name: String,
    _ tensor: inout Tensor
  ) throws {
    guard let folder else {
      throw ModelError.externalData(tensor: name, "external data needs a model file's folder")
    }
    let span = try ExternalDataSpan(entries, byteCount: byteCount, tensor: name)
    if stored == tensor.elementType {
      try tensor.withUnsafeMutableBytes { try folder.read(span, into: $0, tensor: name) }
      try TensorConversion.normalizeBooleans(&tensor)
      return
    }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    try bytes.withUnsafeMutableBytes { try folder.read(span, into: $0, tensor: name) }
    try bytes.withUnsafeBytes { try TensorConversion.fill(&tensor, from: $0, stored: stored) }
  }

  /// Refuses NaN and infinite elements. A single infinite number is taken: bounds and masks are
  /// written so.
  private func checkFinite(_ tensor: Tensor, name: String) throws {
    guard tensor.elementType == .float32, !limits.allowNonfinite else { return }
    let count = tensor.nonfiniteCount
    if count.nan > 0 || (count.infinite > 0 && tensor.count > 1) {
      throw ModelError.tensor(name, count.detail)
    }
  }
}
