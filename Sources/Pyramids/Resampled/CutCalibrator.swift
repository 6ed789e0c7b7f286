package import Detectors
package import Geometry
package import Imaging
internal import Neural

/// The power laws of the maps that cross a cut, measured on pictures.
package struct CutCalibration: Hashable, Sendable {
  /// One map's law.
  package struct Map: Hashable, Sendable {
    /// The name of the value in the network.
    package var name: String
    package var law: PowerLaw

    package init(name: String, law: PowerLaw) {
      self.name = name
      self.law = law
    }
  }

  /// The layer behind which the network is divided.
  package var cut: String
  package var maps: [Map]
  package var imageCount: Int

  package init(cut: String, maps: [Map], imageCount: Int) {
    self.cut = cut
    self.maps = maps
    self.imageCount = imageCount
  }

  /// For `feature-resampled`.
  package var exponents: CutExponents {
    .measured(Dictionary(maps.map { ($0.name, $0.law.lambda) }) { first, _ in first })
  }
}

/// Measures how the means of a network's maps at a cut change with the size of the picture.
///
/// Each picture goes through the part before the cut at levels an octave apart and three between;
/// the mean magnitude of each map at a level over that at the first level is one sample.
package final class CutCalibrator {
  /// Levels to the octave and octaves that are measured.
  private static let levelsPerOctave = 4
  private static let octaves = 1

  private let detector: any Detector
  private let dense: any DenseDetector
  private let networks: CutNetworks
  private var samples: [[PowerLaw.Sample]]
  private var imageCount = 0

  /// - Parameter layer: The cut; `nil` chooses as `feature-resampled` does.
  /// - Throws: `PyramidError.unsuitable`, `GraphError` where the network cannot be cut there.
  package init(_ detector: any Detector, layer: String?) throws {
    let (dense, size) = try divisibleNetwork(of: detector, strategy: "feature-resampled")
    self.detector = detector
    self.dense = dense
    networks = try CutNetworks(dense, layer: layer, size: size)
    samples = networks.cut.values.map { _ in [] }
  }

  /// Measures one picture. One too small for two levels adds nothing.
  ///
  /// - Throws: `GraphError`, `DetectorError.nonFiniteOutput`.
  package func add(_ image: Image) throws {
    var first: (size: Size, means: [Double])?
    for scale in try scales(for: image.size) {
      let size = dense.inputSize(for: image.size, scale: scale)
      guard dense.accepts(size), size != first?.size else { continue }
      let means = try means(of: image, at: size, isResized: scale != 1)
      guard let reference = first else {
        first = (size, means)
        continue
      }
      let ratio =
        (Double(size.width) / Double(reference.size.width) * Double(size.height)
        / Double(reference.size.height)).squareRoot()
      for index in means.indices {
        samples[index].append(
          PowerLaw.Sample(scaleRatio: ratio, meanRatio: means[index] / reference.means[index]))
      }
    }
    imageCount += 1
  }

  /// The laws fitted to all pictures so far; `nil` while some map has no sample.
  package var calibration: CutCalibration? {
    var maps: [CutCalibration.Map] = []
    for (name, samples) in zip(networks.cut.valueNames, samples) {
      guard let law = PowerLaw(fitting: samples) else { return nil }
      maps.append(CutCalibration.Map(name: name, law: law))
    }
    return CutCalibration(cut: networks.cut.name, maps: maps, imageCount: imageCount)
  }

  private func scales(for size: Size) throws -> [Double] {
    if let cascade = detector as? CascadeDetector {
      let ladder = cascade.ladderScales(for: size, levelsPerOctave: Self.levelsPerOctave)
      return Array(ladder.prefix(Self.levelsPerOctave * Self.octaves + 1))
    }
    return try OctaveLadder(
      levelsPerOctave: Self.levelsPerOctave, octaves: Self.octaves,
      minimumSize: Size(width: 1, height: 1)
    ).scales(for: dense.inputSize(for: size, scale: 1))
  }

  /// The mean magnitude of each map of the cut.
  private func means(of image: Image, at size: Size, isResized: Bool) throws -> [Double] {
    let backbone = try networks.backbone(for: size)
    _ = backbone.withInput(0) {
      dense.fill($0, canvas: size, from: image, resampling: isResized ? .antialiased : nil)
    }
    try backbone.run()
    return try backbone.outputs.indices.map { index in
      try backbone.withOutput(index) { values in
        if let element = firstNonFinite(values) {
          throw DetectorError.nonFiniteOutput(name: backbone.outputs[index].name, index: element)
        }
        return values.reduce(0.0) { $0 + Double(abs($1)) } / Double(values.count)
      }
    }
  }
}
