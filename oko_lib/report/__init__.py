"""Reports: their sentences, tables and figures, and the files they leave as (PDF, HTML, DOCX, XLSX)."""
