internal import Geometry
package import ModelFormats
internal import Neural

/// Makes a detector of a model file.
package enum DetectorLoader {
  /// Reads a model and the manifest beside it, recognises its family and compiles its network.
  ///
  /// - Parameters:
  ///   - modelPath: An ONNX file, or a Darknet `.cfg` with its `.weights` beside it.
  ///   - options: What the caller sets; the rest comes from the manifest, the model, the family.
  /// - Throws: `FileError`, `ModelError` or Darknet's errors for files that cannot be read,
  ///   `GraphError` for networks that cannot run, `DetectorError` for models that are no detector
  ///   of a known family.
  package static func load(
    modelPath: String, options: DetectorOptions = DetectorOptions()
  ) throws -> any Detector {
    let manifest = try ModelManifest.besideModel(modelPath)
    var limits = ModelReadingLimits()
    limits.allowNonfinite = options.allowsNonFiniteWeights
    let model: Model
    if modelPath.hasSuffix(".cfg"), let size = options.inputSize ?? manifest?.inputSize {
      // A Darknet network is built for its input's size.
      try checkLimits(size)
      model = try DarknetReader.read(
        path: modelPath, limits: limits, inputSize: (size.width, size.height))
    } else {
      model = try ModelReader.read(path: modelPath, limits: limits)
    }
    return try load(model, manifest: manifest, options: options)
  }

  /// As `load(modelPath:options:)`, for a model read already.
  package static func load(
    _ model: consuming Model, manifest: ModelManifest? = nil,
    options: DetectorOptions = DetectorOptions()
  ) throws -> any SinglePassDetector {
    if let node = model.unsupported.first {
      throw DetectorError.unsupportedOperator(
        node: node.node, operation: node.operation, node.reason)
    }
    let heads = model.darknetHeads
    if heads.isEmpty,
      let detector = try loadHeatmap(model, manifest: manifest, options: options)
    {
      return detector
    }
    if heads.isEmpty,
      let detector = try loadEndToEnd(model, manifest: manifest, options: options)
    {
      return detector
    }
    let metadata = try ModelMetadata(model.metadata)
    let inputSize = try self.inputSize(
      model.graph, requested: options.inputSize ?? manifest?.inputSize,
      metadata: metadata.inputSize)
    var source: GridSource? = GridSource(
      graph: model.graph, darknetHeads: heads, metadata: metadata, manifest: manifest,
      requestedFamily: options.family)
    var compiled = try source?.compile(inputSize)
    if !options.keepsGraph { source = nil }
    guard let plan = compiled?.plan, let shaped = compiled.take()?.shaped else {
      preconditionFailure("a source compiles or throws")
    }
    let classNames =
      manifest?.classNames ?? metadata.classNames ?? ClassNames.defaults(count: plan.classCount)
    guard classNames.count == plan.classCount else {
      throw DetectorError.classNameMismatch(names: classNames.count, classes: plan.classCount)
    }
    let network = try Network(
      consume shaped,
      options: options.execution)
    return try GridDetector(
      network: network, plan: plan,
      preprocessing: Preprocessing(family: plan.family, manifest: manifest), inputSize: inputSize,
      classNames: classNames,
      defaultOverlapThreshold: metadata.isUltralyticsProgram && plan.family == .yolov5
        ? GridFamily.yolov8.defaultOverlapThreshold : plan.family.defaultOverlapThreshold,
      manifest: manifest, options: options, source: source)
  }

  /// The size at which the network runs.
  ///
  /// - Throws: `DetectorError.unsupportedInput` when the network does not take one RGB picture,
  ///   `.inputSizeMismatch` when it is fixed at another size than the one asked for.
  private static func inputSize(
    _ graph: Graph, requested: Size?, metadata: Size?
  ) throws -> Size {
    guard graph.inputs.count == 1 else {
      let names = graph.inputs.prefix(8).map(\.name).joined(separator: ", ")
      throw DetectorError.unsupportedInput(
        "the network has \(graph.inputs.count) inputs (\(names)), a detector has one")
    }
    let input = graph.inputs[0]
    guard input.elementType == .float32 else {
      throw DetectorError.unsupportedInput(
        "input \(input.name) is \(input.elementType.rawValue), not float32")
    }
    let dimensions = input.dimensions ?? Array(repeating: .symbolic(""), count: 4)
    guard dimensions.count == 4, allows(dimensions[0], 1), allows(dimensions[1], 3) else {
      throw DetectorError.unsupportedInput(
        "input \(input.name) has shape [\(dimensions.map(text).joined(separator: ", "))], "
          + "not [1, 3, height, width]")
    }
    let wanted = requested ?? metadata ?? Size(width: 640, height: 640)
    var size = wanted
    if case .fixed(let height) = dimensions[2] { size.height = height }
    if case .fixed(let width) = dimensions[3] { size.width = width }
    if let requested, requested != size {
      throw DetectorError.inputSizeMismatch(requested: requested, fixed: size)
    }
    try checkLimits(size)
    return size
  }

  private static func checkLimits(_ size: Size) throws {
    let limit = DetectorOptions.inputSideLimit
    guard (1...limit).contains(size.width), (1...limit).contains(size.height) else {
      throw DetectorError.invalidInputSize(size, limit: limit)
    }
  }

  private static func allows(_ dimension: Graph.Dimension, _ size: Int) -> Bool {
    if case .fixed(let value) = dimension { value == size } else { true }
  }

  private static func text(_ dimension: Graph.Dimension) -> String {
    switch dimension {
    case .fixed(let value): String(value)
    case .symbolic(let name): name.isEmpty ? "?" : name
    }
  }
}
