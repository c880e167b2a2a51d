/** A chunk grid with one chunk filled, for the browser's tab. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="6" fill="#0a5bb5"/>
<path d="M6 6h8v8H6zM18 6h8v8h-8zM6 18h8v8H6z" fill="none" stroke="#fff" stroke-width="2"/>
<path d="M17 17h10v10H17z" fill="#fff"/>
</svg>
`;
