package import Geometry
package import Imaging
internal import Neural

/// A detector of any heatmap family. Its network is fully convolutional: it is compiled for each
/// input size met, whatever size the file declares.
package final class HeatmapDetector: SinglePassDetector, HeatmapSource {
  package let plan: HeatmapPlan
  let preprocessing: Preprocessing
  let sizing: InputSizing
  let decoder: HeatmapDecoder
  private let averagesMirrored: Bool
  package let clipsToPicture: Bool
  let wantedClasses: Set<Int>?
  private(set) var networks: NetworkCache
  private var network: Network?
  var view: Letterbox?
  /// The outputs of the last run in the order of the plan, the heatmap as probabilities.
  private var maps: [[Float]] = []
  private var description: DetectorSummary

  /// - Parameters:
  ///   - graph: One Float32 input of one picture; outputs as the plan says.
  ///   - sizing: The size of the input for each picture.
  /// - Throws: `DetectorError`; `GraphError` when a fixed size does not suit the graph.
  init(
    graph: Graph, plan: HeatmapPlan, sizing: InputSizing, classNames: [String],
    manifest: ModelManifest?, options: DetectorOptions
  ) throws {
    let family = plan.family
    let scoreThreshold =
      options.scoreThreshold ?? manifest?.scoreThreshold ?? family.defaultScoreThreshold
    let overlap = options.overlapThreshold ?? manifest?.overlapThreshold
    let maxDetections =
      options.maxDetections ?? manifest?.maxDetections ?? family.defaultMaxDetections
    guard (0...1).contains(scoreThreshold), overlap.map({ (0...1).contains($0) }) ?? true,
      maxDetections >= 0
    else {
      throw DetectorError.invalidOption(
        "thresholds must be in 0...1 and the number of detections not negative")
    }
    wantedClasses = try options.classFilter.map { filter in
      try Set(
        filter.map { query in
          guard let index = ClassNames.index(of: query, in: classNames) else {
            throw DetectorError.unknownClass(query)
          }
          return index
        })
    }
    let limit = maxDetections == 0 ? nil : maxDetections
    var conventions = plan.conventions
    if let overlap, family != .dbText {
      conventions.suppression = conventions.suppression ?? Suppression(overlapThreshold: overlap)
      conventions.suppression?.overlapThreshold = overlap
    }
    conventions.suppression?.isClassAgnostic = options.isSuppressionClassAgnostic
    let classGroups = try ClassNames.groups(options.suppressionGroups, in: classNames)
    conventions.suppression?.classGroups = classGroups
    if conventions.candidateLimit != nil { conventions.candidateLimit = limit }
    self.plan = plan
    self.sizing = sizing
    decoder = HeatmapDecoder(conventions)
    preprocessing = Preprocessing(heatmapFamily: family, manifest: manifest)
    averagesMirrored = options.averagesMirrored
    clipsToPicture = options.clipsToPicture
    networks = NetworkCache(
      graph: graph,
      options: options.execution)
    description = DetectorSummary(
      family: family.rawValue, classNames: classNames, inputSize: Size(width: 0, height: 0),
      scoreThreshold: scoreThreshold,
      overlapThreshold: conventions.suppression?.overlapThreshold ?? 1, maxDetections: limit,
      multiplyAdds: 0, instructionSet: (options.instructionSet ?? .best).rawValue)
    if case .fixed(let size) = sizing { try select(size) }
  }

  package var summary: DetectorSummary { description }

  package func preprocess(_ image: Image) throws -> Letterbox {
    let size = sizing.inputSize(for: image.size)
    let network = try select(size)
    let view = network.withInput(0) { preprocessing.fill($0, canvas: size, from: image) }
    self.view = view
    return view
  }

  package func infer() throws {
    guard let network else { return }
    let width = description.inputSize.width
    // A run loses its input.
    var input = averagesMirrored ? network.withInput(0) { Array($0) } : []
    try network.run()
    maps = try outputs(of: network)
    guard averagesMirrored else { return }
    Self.mirror(&input, columns: width)
    network.withInput(0) { _ = $0.update(from: input) }
    try network.run()
    let mirrored = try outputs(of: network)
    // Offsets and landmarks are taken from the upright half alone.
    for index in maps.indices.prefix(2) {
      var other = mirrored[index]
      Self.mirror(&other, columns: width / plan.conventions.strideInPixels)
      for cell in maps[index].indices {
        maps[index][cell] = (maps[index][cell] + other[cell]) / 2
      }
    }
  }

  package func decode(_ view: Letterbox, sourceSize: Size) throws -> [Detection] {
    guard !maps.isEmpty else { return [] }
    let back = view.map.inverse
    var detections = plan.family == .dbText ? lines() : boxes()
    for index in detections.indices {
      var detection = detections[index]
      detection.box = back.apply(detection.box)
      detection.landmarks = detection.landmarks.map(back.apply)
      detection.polygon = detection.polygon.map(back.apply)
      if clipsToPicture {
        detection.box = detection.box.clipped(to: sourceSize)
        detection.polygon = detection.polygon.map { $0.clipped(to: sourceSize) }
      }
      detections[index] = detection
    }
    // The published program drops lines of up to three pixels in the picture.
    let least = plan.family == .dbText ? 3.0 : 0.0
    detections.removeAll {
      !$0.box.isValid || $0.box.width <= least || $0.box.height <= least
    }
    return Array(detections.prefix(description.maxDetections ?? detections.count))
  }

  package var scoreMap: ScoreMap? {
    guard let view, let heat = maps.first else { return nil }
    let (columns, rows) = grid
    var values = Array(heat.prefix(columns * rows))
    for classID in 1..<max(plan.classCount, 1) {
      for cell in values.indices {
        values[cell] = max(values[cell], heat[classID * values.count + cell])
      }
    }
    let cells = 1 / Double(plan.conventions.strideInPixels)
    return ScoreMap(
      columns: columns, rows: rows, values: values,
      map: view.map.then(
        CoordinateMap(scaleX: cells, scaleY: cells, offsetX: 0, offsetY: 0)))
  }

  private var grid: (columns: Int, rows: Int) {
    let stride = plan.conventions.strideInPixels
    return (description.inputSize.width / stride, description.inputSize.height / stride)
  }

  /// The maps of the last run; `nil` before the first and for text.
  var heatmapMaps: HeatmapMaps? {
    guard maps.count > 1 else { return nil }
    let (columns, rows) = grid
    return HeatmapMaps(
      columns: columns, rows: rows, classCount: plan.classCount, heat: maps[0], size: maps[1],
      offset: plan.hasOffset ? maps[2] : nil, landmarks: maps.count > 3 ? maps[3] : nil)
  }

  private func boxes() -> [Detection] {
    guard let maps = heatmapMaps else { return [] }
    return decoder.decode(
      maps, inputSize: description.inputSize, scoreThreshold: description.scoreThreshold,
      classes: wantedClasses)
  }

  private func lines() -> [Detection] {
    guard wantedClasses?.contains(0) ?? true else { return [] }
    let lines = TextMapDecoder().decode(
      maps[0], columns: grid.columns, scoreThreshold: description.scoreThreshold)
    let order = lines.indices.sorted {
      lines[$0].score != lines[$1].score ? lines[$0].score > lines[$1].score : $0 < $1
    }
    return order.map { index in
      let corners = lines[index].rectangle.corners
      let (xs, ys) = (corners.map(\.x), corners.map(\.y))
      let box = Box(
        minX: xs.min() ?? 0, minY: ys.min() ?? 0, maxX: xs.max() ?? 0, maxY: ys.max() ?? 0)
      return Detection(box: box, score: lines[index].score, classID: 0, polygon: corners)
    }
  }

  /// Makes the network for inputs of `size` the current one.
  @discardableResult
  func select(_ size: Size) throws -> Network {
    let network = try networks.network(for: size)
    let outputs = network.outputs.map { HeadOutput(name: $0.name, shape: $0.type.shape) }
    let seen = HeatmapRecognition(outputs: outputs, inputSides: [size.height, size.width])
      .plan(plan.family)
    guard seen?.outputs == plan.outputs, seen?.classCount == plan.classCount else {
      throw DetectorError.unrecognisedHeatmaps(
        HeatmapRecognition.text(outputs) + " at input \(size)", family: plan.family)
    }
    self.network = network
    maps = []
    description.inputSize = size
    description.multiplyAdds = network.multiplyAdds
    return network
  }

  /// - Throws: `DetectorError.nonFiniteOutput`.
  private func outputs(of network: Network) throws -> [[Float]] {
    try plan.outputs.enumerated().map { position, output in
      try network.withOutput(output) { values in
        if let index = firstNonFinite(values) {
          throw DetectorError.nonFiniteOutput(name: network.outputs[output].name, index: index)
        }
        guard position == 0, plan.appliesSigmoid else { return Array(values) }
        return values.map { Float(sigmoid($0)) }
      }
    }
  }

  /// Reverses every row.
  private static func mirror(_ values: inout [Float], columns: Int) {
    guard columns > 0 else { return }
    for start in stride(from: 0, to: values.count - columns + 1, by: columns) {
      values[start..<start + columns].reverse()
    }
  }
}

extension Point {
  /// The nearest point of a picture of `size` pixels.
  fileprivate func clipped(to size: Size) -> Point {
    Point(x: min(max(x, 0), Double(size.width)), y: min(max(y, 0), Double(size.height)))
  }
}
