internal import ArgumentParser
internal import Interchange
internal import Pyramids

/// Where a network is divided, by what its maps are corrected, and by what it is dilated.
struct CutArguments: ParsableArguments {
  @Option(
    help: """
      feature-resampled: the layer behind which the network is cut; `detect info MODEL` lists them \
      (default: by its work, or the one of --calibration).
      """)
  var cut: String?

  @Option(
    help: "feature-resampled: exponent of the power law of all maps at the cut (default: 0).")
  var lambda: Double?

  @Option(help: "feature-resampled: a file of `detect calibrate`, instead of --lambda.")
  var calibration: String?

  @Option(
    help: "feature-resampled: levels of an octave that run from the picture on (default: 1).")
  var realPerOctave: Int?

  @Option(help: "trident: dilations of the branches (default: 1,2,3).")
  var dilations: DilationsArgument?

  func validate() throws {
    if lambda != nil && calibration != nil {
      throw ValidationError("--lambda and --calibration both give exponents: give one of them")
    }
  }

  /// - Throws: Exit 65 for a calibration that cannot be read, 64 for one of another cut.
  func apply(to options: inout FeatureResampledStrategy.Options) throws {
    options.cut = cut
    if let realPerOctave { options.realPerOctave = realPerOctave }
    if let lambda { options.exponents = .uniform(lambda) }
    guard let calibration else { return }
    let file = try loading(calibration) { try CalibrationFile(path: calibration) }
    if let cut, cut != file.cut {
      throw CommandFailure(.usage, "--cut \(cut): \(calibration) was measured at \(file.cut)")
    }
    options.cut = file.cut
    options.exponents = .measured(
      Dictionary(file.maps.map { ($0.name, $0.lambda) }) { first, _ in first })
  }
}

/// Whole numbers separated by commas.
struct DilationsArgument: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard !numbers.isEmpty, numbers.count == parts.count else { return nil }
    values = numbers
  }
}
