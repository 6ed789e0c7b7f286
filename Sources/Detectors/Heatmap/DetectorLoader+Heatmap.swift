internal import Geometry
internal import ModelFormats
internal import Neural

extension DetectorLoader {
  /// A detector of the model's heatmaps; `nil` when it has none and none are asked for.
  ///
  /// - Throws: `DetectorError.unrecognisedHeatmaps` when the family asked for does not fit.
  static func loadHeatmap(
    _ model: Model, manifest: ModelManifest?, options: DetectorOptions
  ) throws -> HeatmapDetector? {
    let requested =
      options.heatmapFamily ?? (options.family == nil ? manifest?.heatmapFamily : nil)
    guard requested != nil || (options.family == nil && manifest?.family == nil),
      requested != nil || HeatmapRecognition.isPossible(model.graph),
      let declared = try pictureSize(model.graph, isRequired: requested != nil)
    else { return nil }
    // Any size tells the shapes of a fully convolutional network.
    let probe = declared ?? Size(width: 64, height: 64)
    let shapes = [model.graph.inputs[0].name: [1, 3, probe.height, probe.width]]
    let shaped: ShapedGraph
    do {
      shaped = try ShapedGraph(model.graph, inputShapes: shapes)
    } catch {
      // Other families may know a size that suits.
      if requested == nil { return nil }
      throw error
    }
    let outputs = shaped.graph.outputs.map { output in
      HeadOutput(
        name: output.name, shape: shaped.type(of: output.value).shape,
        trace: OutputTrace(of: output.value, in: shaped.graph))
    }
    let isFloat = shaped.graph.outputs.allSatisfy {
      shaped.type(of: $0.value).elementType == .float32
    }
    let recognition = HeatmapRecognition(outputs: outputs, inputSides: [probe.height, probe.width])
    guard isFloat, let plan = recognition.plan(requested) else {
      guard let requested else { return nil }
      throw DetectorError.unrecognisedHeatmaps(HeatmapRecognition.text(outputs), family: requested)
    }
    let metadata = try ModelMetadata(model.metadata)
    let classNames = try classNames(plan, manifest?.classNames ?? metadata.classNames)
    return try HeatmapDetector(
      graph: model.graph, plan: plan,
      sizing: sizing(
        plan.family, requested: options.inputSize ?? manifest?.inputSize, declared: declared),
      classNames: classNames, manifest: manifest, options: options)
  }

  private static func classNames(_ plan: HeatmapPlan, _ given: [String]?) throws -> [String] {
    let names: [String]
    switch plan.family {
    case .centerface: names = given ?? ["face"]
    case .dbText: names = plan.classCount == given?.count ? given ?? [] : ["text"]
    case .centernet: names = given ?? ClassNames.defaults(count: plan.classCount)
    }
    guard names.count == plan.classCount else {
      throw DetectorError.classNameMismatch(names: names.count, classes: plan.classCount)
    }
    return names
  }

  /// A size asked for is rounded up to whole cells of the coarsest map inside the network; a size
  /// that the file declares counts except where the family follows the picture.
  private static func sizing(
    _ family: HeatmapFamily, requested: Size?, declared: Size?
  ) throws -> InputSizing {
    if let requested {
      let limit = DetectorOptions.inputSideLimit
      guard (1...limit).contains(requested.width), (1...limit).contains(requested.height) else {
        throw DetectorError.invalidInputSize(requested, limit: limit)
      }
      let rounded = { (side: Int) in (side + 31) / 32 * 32 }
      return .fixed(Size(width: rounded(requested.width), height: rounded(requested.height)))
    }
    if let declared, family != .centerface { return .fixed(declared) }
    return family.inputSizing
  }

  /// The size that the only input declares, itself `nil` where it is open; `nil` altogether when the
  /// network does not take pictures. The declared number of pictures does not matter.
  private static func pictureSize(_ graph: Graph, isRequired: Bool) throws -> Size?? {
    guard graph.inputs.count == 1, graph.inputs[0].elementType == .float32 else {
      guard isRequired else { return .none }
      throw DetectorError.unsupportedInput("the network does not take one float32 picture")
    }
    let dimensions = graph.inputs[0].dimensions ?? Array(repeating: .symbolic(""), count: 4)
    guard dimensions.count == 4 else {
      guard isRequired else { return .none }
      throw DetectorError.unsupportedInput(
        "input \(graph.inputs[0].name) has \(dimensions.count) axes, not 4")
    }
    if case .fixed(let channels) = dimensions[1], channels != 3 {
      guard isRequired else { return .none }
      throw DetectorError.unsupportedInput(
        "input \(graph.inputs[0].name) has \(channels) channels, not 3")
    }
    let limit = DetectorOptions.inputSideLimit
    guard case .fixed(let height) = dimensions[2], case .fixed(let width) = dimensions[3],
      (1...limit).contains(height), (1...limit).contains(width)
    else { return .some(nil) }
    return Size(width: width, height: height)
  }
}
